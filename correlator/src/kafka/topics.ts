import { TOPICS } from "@hotspan/wire";
import { CorrelatorError } from "../errors.ts";
import type { SourceKind } from "../source/source.ts";
import type { KafkaDriver, TopicWanted } from "./driver.ts";

/** The topics that are consumed. */
export const consumed: Readonly<Record<string, SourceKind>> = {
  [TOPICS.profiles]: "profiles",
  [TOPICS.spans]: "spans",
  [TOPICS.otlpProfiles]: "otlpProfiles",
};

/** Without spans where others write those: what lies in their topic is for somebody else. */
export function topicsToRead(spansElsewhere: boolean): readonly string[] {
  return Object.keys(consumed).filter((topic) => !spansElsewhere || consumed[topic] !== "spans");
}

const wanted: readonly TopicWanted[] = [
  // Partitions are what correlators share; 48 h outlast a weekend's outage by little, and bound what a replay can bring.
  { name: TOPICS.profiles, partitions: 24, settings: settings(48) },
  { name: TOPICS.spans, partitions: 6, settings: settings(48) },
  { name: TOPICS.otlpProfiles, partitions: 6, settings: settings(48) },
  { name: TOPICS.deadLetters, partitions: 1, settings: settings(24 * 14) },
];

function settings(hours: number): Record<string, string> {
  return {
    "retention.ms": String(hours * 3_600_000),
    // A record's time is the broker's: limits are judged against it, and every replay agrees.
    "message.timestamp.type": "LogAppendTime",
  };
}

/** Creates the topics that are absent; their operator may have made them otherwise. Throws …_TOPIC_MISSING. */
export async function ensureTopics(driver: KafkaDriver): Promise<void> {
  const present = new Set(await driver.listTopics());
  const absent = wanted.filter(({ name }) => !present.has(name));
  if (absent.length === 0) return;
  try {
    await driver.createTopics(absent);
  } catch (cause) {
    const now = new Set(await driver.listTopics());
    const missing = absent.map(({ name }) => name).filter((topic) => !now.has(topic));
    if (missing.length === 0) return;
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_TOPIC_MISSING",
      `Kafka has no ${missing.join(", ")} and does not let us create them`,
      { cause },
    );
  }
}
