import { TOPICS } from "@hotspan/wire";
import type { Admin, ITopicConfig } from "kafkajs";
import { CorrelatorError } from "../errors.ts";
import type { SourceKind } from "../source/source.ts";

/** The topics that are consumed. */
export const consumed: Readonly<Record<string, SourceKind>> = {
  [TOPICS.profiles]: "profiles",
  [TOPICS.spans]: "spans",
};

const wanted: readonly ITopicConfig[] = [
  // Partitions are what correlators share; 48 h outlast a weekend's outage by little, and bound what a replay can bring.
  { topic: TOPICS.profiles, numPartitions: 24, configEntries: entries(48) },
  { topic: TOPICS.spans, numPartitions: 6, configEntries: entries(48) },
  { topic: TOPICS.deadLetters, numPartitions: 1, configEntries: entries(24 * 14) },
];

function entries(hours: number): { name: string; value: string }[] {
  return [
    { name: "retention.ms", value: String(hours * 3_600_000) },
    // A record's time is the broker's: limits are judged against it, and every replay agrees.
    { name: "message.timestamp.type", value: "LogAppendTime" },
  ];
}

/** Creates the topics that are absent; their operator may have made them otherwise. Throws …_TOPIC_MISSING. */
export async function ensureTopics(admin: Admin): Promise<void> {
  const present = new Set(await admin.listTopics());
  const absent = wanted.filter(({ topic }) => !present.has(topic));
  if (absent.length === 0) return;
  try {
    await admin.createTopics({ topics: [...absent], waitForLeaders: true, timeout: 10_000 });
  } catch (cause) {
    const now = new Set(await admin.listTopics());
    const missing = absent.map(({ topic }) => topic).filter((topic) => !now.has(topic));
    if (missing.length === 0) return;
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_TOPIC_MISSING",
      `Kafka has no ${missing.join(", ")} and does not let us create them`,
      { cause },
    );
  }
}
