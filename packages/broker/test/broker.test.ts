import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive } from "../src/lock.ts";
import { brokerAvailable, startBroker } from "@hotspan/broker";

const { Kafka, logLevel } = kafkajs;
let folder = "";
let ok = true;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotspan-broker-"));
  const available = await brokerAvailable();
  ok = available.ok;
  if (!available.ok && process.env["CI"] === "true") throw new Error(available.missing);
  if (!available.ok) console.warn(`SKIPPED: install ${available.missing}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("an acknowledged record outlives kill -9 and a restart on the same port", async ({ skip }) => {
  if (!ok) skip();
  const broker = await startBroker({ dataDir: join(folder, "a") });
  try {
    const kafka = new Kafka({ clientId: "test", brokers: [broker.brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: "t", acks: -1, messages: [{ value: "kept" }] });
    const before = broker.pid;
    await broker.kill("SIGKILL");
    expect(isAlive(before)).toBe(false);
    await broker.restart();
    expect(broker.pid).not.toBe(before);
    const admin = kafka.admin();
    await admin.connect();
    // Until the broker leads its partitions again it refuses to say.
    const highs = async (): Promise<string[]> =>
      (await admin.fetchTopicOffsets("t").catch(() => [])).map(({ high }) => high);
    await expect.poll(highs, { timeout: 60_000 }).toContain("1");
    await admin.disconnect();
    await producer.disconnect();
    await expect(startBroker({ dataDir: join(folder, "a") })).rejects.toMatchObject({
      code: "HOTSPAN_BROKER_DATA_IN_USE",
    });
  } finally {
    await broker.close();
  }
  expect(isAlive(broker.pid)).toBe(false);
});

test("the broker ends with its parent, even when that is killed", async ({ skip }) => {
  if (!ok) skip();
  const script = `
    import { startBroker } from "@hotspan/broker";
    const broker = await startBroker({ dataDir: ${JSON.stringify(join(folder, "b"))} });
    console.log(broker.pid);
    setInterval(() => {}, 1000);`;
  const args = ["--conditions=hotspan-source", "--input-type=module", "-e", script];
  const parent = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  for (let i = 0; i < 100 && isAlive(pid); i++) await sleep(50);
  expect(isAlive(pid)).toBe(false);
});
