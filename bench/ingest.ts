// Kafka to ClickHouse: windows that wait in the topic, until every row can be counted; what it costs, and how much memory the
// correlator holds meanwhile. Beside it the limit: the same messages decompressed and nothing else.
// node --conditions=hotspan-source bench/ingest.ts [windows] [--client platformatic] [--instances N] [--profile DIR] [--as NAME]
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { testBroker } from "@hotspan/broker";
import { testStore } from "@hotspan/store/testing";
import { decompress, LIMITS, TOPICS } from "@hotspan/wire";
import kafkajs from "kafkajs";
import { makeMessages } from "./ingest/messages.ts";
import { cpuSeconds, residentBytes } from "./ingest/proc.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    client: { type: "string", default: "kafkajs" },
    profile: { type: "string" },
    /** Processes that sent them; each has its partition. */
    instances: { type: "string", default: "40" },
    as: { type: "string", default: "ingest" },
  },
});
const windows = Number(positionals[0] ?? 4000);
const { list, samples, rawBytes } = await makeMessages(windows, Number(values.instances));

const before = process.cpuUsage();
const decompressStart = performance.now();
for (const { value } of list) await decompress(value, "zstd", LIMITS.windowBytes);
const decompressSeconds = (performance.now() - decompressStart) / 1000;
const spent = process.cpuUsage(before);

const broker = await testBroker();
if (broker === undefined) process.exit(1);
const store = await testStore({ maxMemoryBytes: 3 * 1024 ** 3 });
const data = mkdtempSync(join(tmpdir(), "hotspan-bench-"));
const kafka = new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic: TOPICS.profiles, numPartitions: 24 }], waitForLeaders: true });
await admin.disconnect();
const producer = kafka.producer({ idempotent: true });
await producer.connect();
// They may all be of one partition, and a batch of one has a megabyte at most.
const perRequest = 20;
for (let from = 0; from < list.length; from += perRequest) {
  await producer.send({
    topic: TOPICS.profiles,
    messages: list.slice(from, from + perRequest).map(({ key, value }) => ({
      key,
      value: Buffer.from(value),
      headers: { "content-encoding": "zstd" },
    })),
  });
}
await producer.disconnect();

const main = new URL("../correlator/dist/main.js", import.meta.url).pathname;
const flags = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
const began = performance.now();
const clickhouse = store.store.pid;
const clickhouseBefore = cpuSeconds(clickhouse);
const correlator = spawn(process.execPath, [...flags, main], {
  stdio: "ignore",
  env: {
    ...process.env,
    HOTSPAN_PORT: "0",
    HOTSPAN_DATA: data,
    HOTSPAN_CLICKHOUSE_URL: store.store.httpUrl,
    HOTSPAN_CLICKHOUSE_DATABASE: store.store.database,
    HOTSPAN_CLICKHOUSE_USER: store.store.writer.user,
    HOTSPAN_CLICKHOUSE_PASSWORD: store.store.writer.password,
    HOTSPAN_KAFKA_BROKERS: broker.brokers,
    HOTSPAN_KAFKA_CLIENT: values.client,
  },
});
const pid = correlator.pid ?? 0;
const cpu = (): { correlator: number; clickhouse: number } => ({
  correlator: cpuSeconds(pid),
  clickhouse: cpuSeconds(clickhouse) - clickhouseBefore,
});
/** When the first rows were there: what came before is the start of the process and of the group. */
let first: { at: number; rows: number; cpu: ReturnType<typeof cpu> } | undefined;
let rows = 0;
/** Resident memory whenever a twentieth more was stored. */
const memory: { samples: number; megabytes: number }[] = [];
const deadline = began + 3_600_000;
while (rows < samples && performance.now() < deadline) {
  await sleep(100);
  const [row] = await store.rows<{ n: string }>(
    `SELECT count() AS n FROM ${store.store.database}.profile_samples`,
  );
  rows = Number(row?.n ?? 0);
  if (rows > 0) first ??= { at: performance.now(), rows, cpu: cpu() };
  if (rows >= (memory.length * samples) / 20)
    memory.push({ samples: rows, megabytes: Math.round(residentBytes(pid) / 1e6) });
}
const ended = performance.now();
const total = cpu();
const [cuts] = await store.rows<{ count: string; windows: string }>(
  `SELECT uniqExact(TopicId, Partition, First) AS count, round(avg(Last - First + 1), 1) AS windows
   FROM ${store.store.database}.profile_batches WHERE Cluster != 'http'`,
);
const [size] = await store.rows<{ bytes: string }>(
  `SELECT sum(data_compressed_bytes) AS bytes FROM system.parts WHERE active AND table LIKE 'profile%'`,
);
correlator.kill("SIGTERM");
await new Promise((resolve) => correlator.once("exit", resolve));
await store.close();
await broker.close();
rmSync(data, { recursive: true, force: true });

const steady = {
  samples: samples - (first?.rows ?? 0),
  seconds: (ended - (first?.at ?? began)) / 1000,
  correlator: total.correlator - (first?.cpu.correlator ?? 0),
  clickhouse: total.clickhouse - (first?.cpu.clickhouse ?? 0),
};
const perMillion = (seconds: number, of: number): number => Number((seconds / (of / 1e6)).toFixed(2));
const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  client: values.client,
  windows,
  samples,
  complete: rows === samples,
  megabytes: {
    raw: rawBytes / 1e6,
    compressed: list.reduce((sum, { value }) => sum + value.length, 0) / 1e6,
  },
  seconds: { fromStart: (ended - began) / 1000, fromFirstRow: steady.seconds },
  samplesPerSecond: {
    fromStart: Math.round(samples / ((ended - began) / 1000)),
    fromFirstRow: Math.round(steady.samples / steady.seconds),
  },
  cpuSecondsPerMillionSamples: {
    /** With the start of the correlator and its joining of the group. */
    all: {
      correlator: perMillion(total.correlator, samples),
      clickhouse: perMillion(total.clickhouse, samples),
    },
    fromFirstRow: {
      correlator: perMillion(steady.correlator, steady.samples),
      clickhouse: perMillion(steady.clickhouse, steady.samples),
    },
    decompressAlone: perMillion((spent.user + spent.system) / 1e6, samples),
  },
  decompressAloneSamplesPerSecond: Math.round(samples / decompressSeconds),
  cuts,
  correlatorMegabytes: { highest: Math.max(...memory.map((one) => one.megabytes)), over: memory },
  bytesPerSampleUnmerged: Number(size?.bytes ?? 0) / samples,
};
console.log(JSON.stringify(result, undefined, 2));
const results = new URL("results/", import.meta.url).pathname;
mkdirSync(results, { recursive: true });
writeFileSync(join(results, `${values.as}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
