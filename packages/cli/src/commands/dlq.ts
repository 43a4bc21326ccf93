import {
  type DeadLetterTopic,
  kafkaSecurity,
  type Letter,
  openDeadLetters,
} from "@hotspan/correlator/dead-letters";
import { TOPICS } from "@hotspan/wire";
import { writeFileSync } from "node:fs";
import { CliError, EXIT, messageOf, reasonOf } from "../errors.ts";
import { requireRunning } from "../instance/run-file.ts";
import { letterJson, letterText, letterTable } from "../text/letters.ts";

export interface DlqOptions {
  /** `host:port,…`; else those of the instance running on `data`. */
  readonly brokers?: string;
  /** Absolute path. */
  readonly data: string;
}

/** Which letters; every condition that is given must hold. */
export interface LetterFilter {
  /** Offsets of letters. */
  readonly offsets?: readonly OffsetRange[];
  readonly code?: string;
  /** The topic they came from. */
  readonly from?: string;
  /** Of the dead-letter topic; it has one by default. */
  readonly partition?: number;
}

export interface OffsetRange {
  readonly first: bigint;
  readonly last: bigint;
}

export interface ReplayOptions extends DlqOptions, LetterFilter {
  readonly all: boolean;
  readonly dryRun: boolean;
  /** Instead of the topic a letter came from. */
  readonly to?: string;
}

export async function listLetters(
  options: DlqOptions & LetterFilter & { readonly limit: number; readonly json: boolean },
): Promise<number> {
  return withTopic(options, async (topic) => {
    let left = options.limit;
    const found: Letter[] = [];
    for await (const letter of matching(topic, options)) {
      if (left-- === 0) break;
      if (options.json) process.stdout.write(`${letterJson(letter)}\n`);
      else found.push(letter);
    }
    if (!options.json)
      process.stdout.write(
        found.length === 0 ? `No dead letters in ${TOPICS.deadLetters}.\n` : letterTable(found),
      );
    if (left < 0) process.stderr.write(`Only the first ${options.limit} are listed: --limit shows more.\n`);
    return EXIT.ok;
  });
}

export async function showLetter(
  offset: bigint,
  options: DlqOptions & { readonly partition?: number; readonly value?: string },
): Promise<number> {
  return withTopic(options, async (topic) => {
    for await (const letter of matching(topic, { ...options, offsets: [{ first: offset, last: offset }] })) {
      if (options.value === undefined) process.stdout.write(letterText(letter));
      else if (letter.value === undefined)
        throw new CliError("HOTSPAN_CLI_NO_LETTER", `the value of letter ${offset} was too large to be kept`);
      else if (options.value === "-") process.stdout.write(letter.value);
      else writeFileSync(options.value, letter.value);
      return EXIT.ok;
    }
    throw new CliError("HOTSPAN_CLI_NO_LETTER", `there is no letter ${offset} in ${TOPICS.deadLetters}`);
  });
}

/** Exit code 1 when a letter could not be replayed; the others are. */
export async function replayLetters(options: ReplayOptions): Promise<number> {
  const { offsets, code, from, all, dryRun } = options;
  if (offsets === undefined && code === undefined && from === undefined && !all)
    throw new CliError("HOTSPAN_CLI_USAGE", "say which letters: --offset, --code, --from, or --all of them");
  return withTopic(options, async (topic) => {
    const seen = new Set<string>();
    let replayed = 0;
    let failed = 0;
    for await (const letter of matching(topic, options)) {
      const record = `${letter.source}/${letter.sourceOffset}`;
      // A correlator that was killed may have written it twice.
      if (seen.has(record)) continue;
      seen.add(record);
      const to = options.to ?? letter.topic;
      const label = `${letter.offset} (${letter.code}, ${letter.topic ?? letter.source} ${letter.sourceOffset})`;
      const reason =
        to === undefined
          ? "it does not say which topic it came from: name one with --to"
          : letter.value === undefined
            ? "its value was too large to be kept"
            : dryRun
              ? undefined
              : await topic.replay(letter, to).then(() => undefined, messageOf);
      if (reason === undefined) {
        replayed++;
        process.stdout.write(`${dryRun ? "would replay" : "replayed"} ${label} to ${to}\n`);
      } else {
        failed++;
        process.stderr.write(`cannot replay ${label}: ${reason}\n`);
      }
    }
    process.stdout.write(
      `${replayed} ${replayed === 1 ? "letter" : "letters"} ${dryRun ? "to replay" : "replayed"}, ${failed} not.\n`,
    );
    return failed === 0 ? EXIT.ok : EXIT.failure;
  });
}

async function* matching(topic: DeadLetterTopic, filter: LetterFilter): AsyncGenerator<Letter> {
  const { offsets, code, from, partition } = filter;
  for await (const letter of topic.letters()) {
    if (partition !== undefined && letter.partition !== partition) continue;
    if (code !== undefined && letter.code !== code) continue;
    if (from !== undefined && letter.topic !== from) continue;
    if (offsets?.some(({ first, last }) => letter.offset >= first && letter.offset <= last) === false)
      continue;
    yield letter;
  }
}

async function withTopic(
  { brokers, data }: DlqOptions,
  action: (topic: DeadLetterTopic) => Promise<number>,
): Promise<number> {
  const list = brokers ?? requireRunning(data).kafka?.brokers;
  if (list === undefined)
    throw new CliError(
      "HOTSPAN_CLI_USAGE",
      `the instance on ${data} runs without Kafka: its dead letters are in ${data}/ingest/dlq/http.jsonl; --brokers names others`,
    );
  const topic = openDeadLetters({ brokers: list.split(","), ...security() });
  try {
    return await action(topic);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("HOTSPAN_CLI_KAFKA_FAILED", `Kafka at ${list}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await topic.close();
  }
}

function security(): ReturnType<typeof kafkaSecurity> {
  try {
    return kafkaSecurity(process.env);
  } catch (cause) {
    throw new CliError("HOTSPAN_CLI_USAGE", messageOf(cause), { cause });
  }
}
