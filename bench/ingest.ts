// Kafka to ClickHouse: windows that wait in the topic, until every row can be counted. Beside it the limit: the same
// messages decompressed and nothing else. node --conditions=hotspan-source bench/ingest.ts [windows]
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { testBroker } from "@hotspan/broker";
import { testStore } from "@hotspan/store/testing";
import { compress, decompress, encodeWindow, LIMITS, TOPICS } from "@hotspan/wire";
import { makeWindow } from "@hotspan/wire/testing";
import kafkajs from "kafkajs";

const windows = Number(process.argv[2] ?? 2000);
const instances = 40;
const startMillis = Date.now() - 60_000;

/** CPU seconds of a process and its threads so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const messages: { key: string; value: Uint8Array }[] = [];
let raw = 0;
let samples = 0;
for (let index = 0; index < windows; index++) {
  const instance = (index % instances).toString(16).padStart(32, "a");
  const window = makeWindow({
    seed: index + 1,
    service: `svc-${index % 4}`,
    instance,
    seq: Math.floor(index / instances),
    startMillis: startMillis - Math.floor(index / instances) * 10_000,
    stackSeed: index % 4,
    busy: 0.75,
    spans: 4,
  });
  samples += window.ticks.stack.reduce((count, stack) => count + (stack > 0 ? 1 : 0), 0);
  const bytes = encodeWindow(window);
  raw += bytes.length;
  messages.push({ key: `${instance}/0`, value: await compress(bytes) });
}

const before = process.cpuUsage();
const decompressStart = performance.now();
for (const { value } of messages) await decompress(value, "zstd", LIMITS.windowBytes);
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
for (let from = 0; from < messages.length; from += 50) {
  await producer.send({
    topic: TOPICS.profiles,
    messages: messages.slice(from, from + 50).map(({ key, value }) => ({
      key,
      value: Buffer.from(value),
      headers: { "content-encoding": "zstd" },
    })),
  });
}
await producer.disconnect();

const main = new URL("../correlator/dist/main.js", import.meta.url).pathname;
const began = performance.now();
const clickhouse = store.store.pid;
const clickhouseBefore = cpuSeconds(clickhouse);
const correlator = spawn(process.execPath, [main], {
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
  },
});
let first: number | undefined;
let rows = 0;
const deadline = began + 300_000;
while (rows < samples && performance.now() < deadline) {
  await sleep(50);
  const [row] = await store.rows<{ n: string }>(
    `SELECT count() AS n FROM ${store.store.database}.profile_samples`,
  );
  rows = Number(row?.n ?? 0);
  if (rows > 0) first ??= performance.now();
}
const seconds = (performance.now() - began) / 1000;
const cpu = {
  correlator: cpuSeconds(correlator.pid ?? 0),
  clickhouse: cpuSeconds(clickhouse) - clickhouseBefore,
};
const [size] = await store.rows<{ bytes: string }>(
  `SELECT sum(data_compressed_bytes) AS bytes FROM system.parts WHERE active AND table LIKE 'profile%'`,
);
correlator.kill("SIGTERM");
await new Promise((resolve) => correlator.once("exit", resolve));
await store.close();
await broker.close();
rmSync(data, { recursive: true, force: true });

const million = samples / 1e6;
const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  windows,
  samples,
  complete: rows === samples,
  megabytes: { raw: raw / 1e6, compressed: messages.reduce((sum, { value }) => sum + value.length, 0) / 1e6 },
  seconds: { fromStart: seconds, fromFirstRow: (performance.now() - (first ?? began)) / 1000 },
  samplesPerSecond: Math.round(samples / seconds),
  cpuSecondsPerMillionSamples: {
    correlator: cpu.correlator / million,
    clickhouse: cpu.clickhouse / million,
    decompressAlone: (spent.user + spent.system) / 1e6 / million,
  },
  decompressAloneSamplesPerSecond: Math.round(samples / decompressSeconds),
  bytesPerSampleUnmerged: Number(size?.bytes ?? 0) / samples,
};
console.log(result);
const results = new URL("results/", import.meta.url).pathname;
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "ingest.json"), `${JSON.stringify(result, undefined, 2)}\n`);
