// Runs the requests of one seed one after the other, and pauses between them so that nothing of one is left in the next.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { closeConnections } from "./calls.ts";
import { now } from "./clock.ts";
import { Flow, numberFlowsFrom } from "./flow.ts";
import { TruthLog } from "./log.ts";
import { Random } from "./random.ts";
import { plan, run } from "./scenarios.ts";
import { exportSpans, stopTelemetry } from "./telemetry.ts";

export interface Orders {
  readonly log: string;
  readonly seed: number;
  readonly spans: number;
  readonly inWorker: boolean;
  /** Base URLs of the remote service with and without tracing, and how often the latter is called. */
  readonly traced: string;
  readonly untraced: string;
  readonly untracedShare: number;
  readonly fifo: string;
  readonly only?: string | undefined;
}

/** To the recorder, which can do what this process cannot do to itself. */
export type Message =
  | { readonly type: "started"; readonly thread: number }
  | { readonly type: "fifo"; readonly after: number }
  | { readonly type: "freeze"; readonly after: number; readonly millis: number }
  | { readonly type: "exported" }
  | { readonly type: "done" };

const SPANS_PER_EXPORT = 4;

/** Ticks of 10 ms in which the hypervisor gave the machine's processors to somebody else. */
function stolenTicks(): number {
  return Number(/^cpu +(?:\d+ ){7}(\d+)/.exec(readFileSync("/proc/stat", "latin1"))?.[1] ?? 0);
}

export async function runRequests(orders: Orders, tell: (message: Message) => void): Promise<void> {
  const log = new TruthLog(orders.log);
  const random = new Random(orders.seed);
  numberFlowsFrom(orders.seed * 1e6);
  log.watchGc();
  const worker = new Worker(new URL("./busy-worker.ts", import.meta.url));
  const workIn = (millis: number): Promise<void> =>
    new Promise((resolve) => {
      worker.once("message", () => resolve());
      worker.postMessage(millis);
    });

  // Sampling starts with the first span; functions get compiled and connections opened in requests that do not count.
  for (let index = 0; index < 3; index++) {
    await Flow.request(log, ["GET", "/warm-up"], "", () => undefined);
    await sleep(500);
  }
  tell({ type: "started", thread: threadOfKernel() });
  await sleep(500);

  for (let index = 0; index < orders.spans; index++) {
    const remote = random.next() < orders.untracedShare ? orders.untraced : orders.traced;
    const stolen = stolenTicks();
    const leftovers: Promise<unknown>[] = [];
    const start = now();
    await run(plan(random, index, orders.inWorker, orders.only), {
      log,
      random,
      remote,
      leftovers,
      worker: workIn,
      fifo: (after) => {
        tell({ type: "fifo", after });
        return orders.fifo;
      },
      freeze: (after, millis) => tell({ type: "freeze", after, millis }),
    });
    log.add({ type: "machine", start, end: now(), stolenTicks: stolenTicks() - stolen });
    await Promise.all(leftovers);
    await sleep(random.between(60, 200));
    if ((index + 1) % SPANS_PER_EXPORT === 0) {
      log.flush();
      await exportSpans();
      tell({ type: "exported" });
      await sleep(100);
    }
  }
  await sleep(1500);
  closeConnections();
  await worker.terminate();
  await exportSpans();
  await stopTelemetry();
  log.flush();
  tell({ type: "done" });
}

function threadOfKernel(): number {
  const status = readFileSync("/proc/thread-self/status", "latin1");
  return Number(/^Pid:\s+(\d+)/m.exec(status)?.[1]);
}
