import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HEADERS, WIRE_VERSION } from "@hotspan/wire";
import { type TestBroker, testBroker } from "@hotspan/broker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { bytesOf } from "./support/heap.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerCommonJs, registerModule, runtimes } from "./support/runtimes.ts";
import { tallyOf } from "./support/tally.ts";
import { consume, createTopic } from "./support/topic.ts";

let broker: TestBroker | undefined;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-run-"));
  broker = await testBroker();
  if (broker !== undefined) await createTopic(broker.brokers, 3);
});
afterAll(async () => {
  await broker?.close();
  rmSync(folder, { recursive: true });
});

test("windows arrive in Kafka under the key of their thread, also the last one before process.exit()", async (context) => {
  if (broker === undefined) return context.skip("no Kafka");
  for (const { preload, ending, exit } of [
    { preload: ["--import", registerModule], ending: "natural", exit: 0 },
    { preload: ["--require", registerCommonJs], ending: "exit", exit: 3 },
  ]) {
    const { code, stderr } = await runNode([...preload, app("life.cjs"), ending], {
      HOTSPAN_KAFKA_BROKERS: broker.brokers,
      HOTSPAN_WINDOW_MS: "30000",
      HOTSPAN_EXIT_MS: "10000",
    }).ended;
    expect({ code, stderr }).toEqual({ code: exit, stderr: "" });
  }

  const records = await consume(
    broker.brokers,
    (sofar) => new Set(sofar.map(({ window }) => window.header.instance)).size === 2,
  );
  for (const { key, headers, window } of records) {
    expect(key).toBe(`${window.header.instance}/0`);
    expect(headers).toMatchObject({
      [HEADERS.version]: `${WIRE_VERSION.major}.${WIRE_VERSION.minor}`,
      [HEADERS.profileId]: window.header.profileId,
      [HEADERS.encoding]: "zstd",
    });
  }
  for (const instance of new Set(records.map(({ window }) => window.header.instance))) {
    const own = records.map(({ window }) => window).filter(({ header }) => header.instance === instance);
    expectComplete(own);
    expect(own.flatMap(({ labels }) => labels).some(({ spanId }) => spanId !== "")).toBe(true);
  }
});

test.for(runtimes)(
  "what a kafkajs consumer does is labelled with its span: Node $major",
  async ({ binary }, context) => {
    if (broker === undefined) return context.skip("no Kafka");
    const receiver = await Receiver.start();
    try {
      const { code, stderr } = await runNode(
        ["--no-warnings", "--import", registerModule, app("consumer.cjs")],
        {
          TEST_BROKERS: broker.brokers,
          HOTSPAN_ENDPOINT: receiver.url,
          HOTSPAN_HZ: "500",
          HOTSPAN_WINDOW_MS: "1000",
        },
        binary,
      ).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { right, none, wrong, kinds } = tallyOf(receiver.windows);
      expect(wrong).toEqual({});
      expect([...kinds].toSorted()).toEqual([
        "kafkaHeartbeat",
        "kafkaMessage",
        "kafkaProduced",
        "kafkaTimer",
      ]);
      expect(none / (none + right)).toBeLessThan(0.02);
    } finally {
      await receiver.close();
    }
  },
);

const dying = runtimes.flatMap((runtime) =>
  // The worker first: what could not be sent the next process sends.
  (["worker-oom", "oom"] as const).map((ending) => ({
    ...runtime,
    ending,
    host: `${ending}-${runtime.major}`,
  })),
);

test("the profile of a process or a worker that dies of its heap's limit arrives in Kafka, on every Node", async (context) => {
  if (broker === undefined) return context.skip("no Kafka");
  const env = {
    HOTSPAN_KAFKA_BROKERS: broker.brokers,
    HOTSPAN_WINDOW_MS: "1000",
    HOTSPAN_HEAP_INTERVAL_BYTES: "16384",
    HOTSPAN_OOM: "on",
    XDG_RUNTIME_DIR: folder,
  };
  let late = 0;
  const leftBehind = (): number =>
    readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".heap")).length;
  for (const { ending, host, binary } of dying) {
    const limit = ending === "oom" ? ["--max-old-space-size=60"] : [];
    const child = runNode(
      [...limit, "--import", registerModule, app("heap.cjs"), ending],
      { ...env, OTEL_RESOURCE_ATTRIBUTES: `host.name=${host}` },
      binary,
    );
    if (ending === "worker-oom") {
      await child.printed(/^worker: ERR_WORKER_OUT_OF_MEMORY$/m);
      child.process.kill();
    }
    expect((await child.ended).signal).toBe(ending === "oom" ? "SIGABRT" : "SIGTERM");
    late += leftBehind();
  }
  // On a busy machine five seconds may not do; of six it has to be in time for one at least.
  expect(late).toBeLessThan(dying.length);
  const next = runNode(["--import", registerModule, app("heap.cjs"), "alive"], env);
  try {
    const wanted = new Set(dying.map(({ host }) => host));
    const records = await consume(broker.brokers, (sofar) => {
      for (const { window } of sofar)
        if (window.heap !== undefined) wanted.delete(window.header.resource["host.name"] ?? "");
      return wanted.size === 0;
    });
    const heaps = records.filter(({ window }) => window.heap !== undefined);
    for (const { ending, host } of dying) {
      const found = heaps.filter(({ window }) => window.header.resource["host.name"] === host);
      // A producer that is killed may have sent what it then leaves behind.
      expect(new Set(found.map(({ window }) => window.header.profileId)).size).toBe(1);
      const [{ key, window } = expect.unreachable()] = found;
      expect(window.heap?.reason).toBe("near_limit");
      expect(bytesOf(window, "remember")).toBeGreaterThan(10_000_000);
      expect(key).toBe(`${window.header.instance}/${window.header.threadId}`);
      expect(window.header.threadId === 0).toBe(ending === "oom");
    }
  } finally {
    next.process.kill();
    await next.ended;
  }
  expect(leftBehind()).toBe(0);
});
