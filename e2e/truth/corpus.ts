// A corpus is a folder: what the agents and SDKs of a recorded run sent, and what the program under them says of itself.
//   windows.bin.zst   encoded windows (wire format), each behind its length (32 bit, little endian)
//   spans.jsonl.zst   CorpusSpan per line, `startUnixNano` as a decimal string
//   log.jsonl.zst     what the programs logged, an Entry per line
//   truth.jsonl.zst   Truth per line, derived from the log
//   meta.json         how it was recorded
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Entry } from "./app/log.ts";
import type { Truth } from "./truth.ts";

export interface CorpusSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly instance: string | null;
  readonly thread: number | null;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer" | "unspecified";
  readonly endpoint: string | null;
  readonly startUnixNano: bigint;
  readonly durationNano: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Meta {
  readonly node: string;
  readonly seeds: readonly number[];
  readonly quietLoop: boolean;
  readonly journal: boolean;
  readonly inWorker: boolean;
  readonly untracedShare: number;
  readonly skewMillis: number;
  /** Whether the program was scheduled before everything else on the machine. */
  readonly priority: boolean;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface Corpus {
  readonly windows: readonly Uint8Array[];
  readonly spans: readonly CorpusSpan[];
  readonly log: readonly Entry[];
  readonly truths: readonly Truth[];
  readonly meta: Meta;
}

const FOLDERS = ["../../packages/ledger/fixtures/corpus", "corpora"];

/** Folders of all corpora: those the ledger is tested on, and `corpora/`, where it is known to fall short. */
export function allCorpora(): string[] {
  return FOLDERS.flatMap((name) => {
    const folder = new URL(name, import.meta.url).pathname;
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  });
}

export function writeCorpus(folder: string, { windows, spans, log, truths, meta }: Corpus): void {
  mkdirSync(folder, { recursive: true });
  const framed = windows.flatMap((window) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(window.length);
    return [length, window];
  });
  write(join(folder, "windows.bin.zst"), Buffer.concat(framed));
  write(join(folder, "spans.jsonl.zst"), lines(spans));
  write(join(folder, "log.jsonl.zst"), lines(log));
  write(join(folder, "truth.jsonl.zst"), lines(truths));
  // Seeds on one line, as the formatter wants them.
  const text = JSON.stringify(meta, undefined, 2).replace(/\[\s+([^\]]*?)\s+\]/, (_, seeds: string) => {
    return `[${seeds.replaceAll(/\s+/g, " ")}]`;
  });
  writeFileSync(join(folder, "meta.json"), `${text}\n`);
}

export function readCorpus(folder: string): Corpus {
  const bytes = read(join(folder, "windows.bin.zst"));
  const windows: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    windows.push(bytes.subarray(at + 4, end));
    at = end;
  }
  const parsed = (name: string): unknown[] =>
    read(join(folder, name))
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  return {
    windows,
    spans: (
      parsed("spans.jsonl.zst") as (Omit<CorpusSpan, "startUnixNano"> & { startUnixNano: string })[]
    ).map((span) => ({ ...span, startUnixNano: BigInt(span.startUnixNano) })),
    log: parsed("log.jsonl.zst") as Entry[],
    truths: parsed("truth.jsonl.zst") as Truth[],
    meta: JSON.parse(readFileSync(join(folder, "meta.json"), "utf8")) as Meta,
  };
}

function lines(items: readonly unknown[]): Buffer {
  const text = (item: unknown): string =>
    JSON.stringify(item, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return Buffer.from(items.map((item) => `${text(item)}\n`).join(""));
}

function write(path: string, bytes: Buffer): void {
  writeFileSync(path, zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }));
}

function read(path: string): Buffer {
  return zstdDecompressSync(readFileSync(path));
}
