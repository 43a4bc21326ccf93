// The building blocks of a request. Each takes roughly `millis`, knows what it does and logs it.
import { execSync } from "node:child_process";
import { pbkdf2, scrypt } from "node:crypto";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { call, callAnew, stream } from "./calls.ts";
import { now } from "./clock.ts";
import { blocked, Flow, outside, stretch, work } from "./flow.ts";
import type { TruthLog } from "./log.ts";
import type { Random } from "./random.ts";
import {
  buildIndex,
  deriveKey,
  exportReport,
  OWN_WORK,
  parseOrders,
  refreshCache,
  scoreReviews,
  sortProducts,
  sumPrices,
  type Work,
} from "./work.ts";

export interface Scene {
  readonly flow: Flow;
  readonly log: TruthLog;
  readonly random: Random;
  readonly millis: number;
  /** Base URL of the remote service of this request. */
  readonly remote: string;
  /** Path of a FIFO, and who will write to it after so many milliseconds. */
  readonly fifo: (afterMillis: number) => string;
  /** Asks for SIGSTOP and SIGCONT, from now on in ms. */
  readonly freeze: (afterMillis: number, millis: number) => void;
  /** What goes on after the request: the next one starts when it is over. */
  readonly leftovers: Promise<unknown>[];
  /** Lets a worker thread without tracing work so long. */
  readonly worker: (millis: number) => Promise<void>;
}
export type Segment = (scene: Scene) => Promise<void>;

const own = ({ random }: Scene) => random.pick(OWN_WORK);
const MS = 1e6;

type Hog = readonly [endpoint: readonly [string, string] | undefined, fn: Work];
// Picked at run time: a function known to the call would be inlined, and no profile could name it.
const HOGS: readonly Hog[] = [
  [undefined, refreshCache],
  [["POST", "/export"], exportReport],
  [["GET", "/reviews/{id}"], scoreReviews],
];

/** Another request, or the program's own timer, takes the loop for so long. */
function hog({ log, random }: Scene, afterMillis: number, millis: number): void {
  const [endpoint, fn] = random.pick(HOGS);
  outside(() =>
    setTimeout(() => {
      if (endpoint === undefined) work(log, fn, millis);
      else Flow.brief(log, endpoint, fn, millis);
    }, afterMillis),
  );
}

export const segments: Readonly<Record<string, Segment>> = {
  self: async (scene) => {
    for (let left = scene.millis; left > 0; ) {
      const part = Math.min(left, scene.random.between(30, 150));
      scene.flow.cpu(own(scene), part);
      left -= part;
      if (scene.random.next() < 0.4) await scene.flow.timer(scene.random.integer(2, 12));
    }
  },
  "child-cpu": async (scene) => {
    const { flow, millis, random } = scene;
    const parts = random.integer(2, 4);
    for (let i = 0; i < parts; i++)
      await flow.child("render", async () => {
        flow.cpu(own(scene), (millis / parts) * 0.6);
        if (i % 2 === 0) await flow.child("format", () => flow.cpu(sumPrices, (millis / parts) * 0.4));
        else await flow.timer((millis / parts) * 0.4);
      });
  },
  timers: async ({ flow, millis, random }) => {
    for (let left = millis; left > 0; ) {
      const part = Math.max(1, Math.round(Math.min(left, random.between(5, 150))));
      await flow.timer(part);
      left -= part;
    }
  },
  "remote-wait": async ({ flow, millis, remote }) => {
    await flow.wait("child", () => call(`${remote}/wait?wait=${millis}`));
  },
  "remote-busy": async ({ flow, millis, remote }) => {
    await flow.wait("child", () => call(`${remote}/busy?busy=${millis}`));
  },
  "new-connection": async (scene) => {
    const { flow, millis, random, remote } = scene;
    const held = random.next() < 0.8 ? random.between(0.2, 0.6) * millis : 0;
    // Timers of the same moment run one behind the other: the loop does not look at the connection between them.
    const moment = flow.timer(5);
    if (held > 0) hog(scene, 5, held);
    await moment;
    await flow.wait("child", () => callAnew(`${remote}/wait?wait=${Math.round(millis - held)}`));
  },
  "n-plus-one": async (scene) => {
    const { flow, millis, random, remote } = scene;
    const each = random.between(6, 25);
    for (let spent = 0; spent < millis; spent += each) {
      await flow.wait("child", () => call(`${remote}/row?wait=${Math.round(each)}`));
      flow.cpu(own(scene), random.between(0.2, 3));
    }
  },
  parallel: async (scene) => {
    const { flow, millis, random, remote } = scene;
    const branches = Array.from({ length: random.integer(2, 4) }, (_, i) => async (branch: Flow) => {
      const last = i === 0 ? millis : random.between(0.2, 0.8) * millis;
      await branch.wait("child", () => call(`${remote}/part?wait=${Math.round(last)}`));
      branch.cpu(own(scene), random.between(1, 8));
    });
    await flow.all(branches);
  },
  "parallel-spans": async (scene) => {
    const { flow, millis, random, remote } = scene;
    const branches = Array.from({ length: random.integer(2, 3) }, (_, i) => async (branch: Flow) => {
      const length = i === 0 ? millis : random.between(0.3, 0.8) * millis;
      await branch.child(`load ${["lines", "stock", "prices"][i]}`, async () => {
        branch.cpu(own(scene), random.between(2, 10));
        await branch.wait("child", () => call(`${remote}/part?wait=${Math.round(length)}`));
        branch.cpu(own(scene), random.between(2, 15));
      });
    });
    await flow.all(branches);
  },
  "fire-and-forget": async (scene) => {
    const { flow, log, millis, random } = scene;
    const detached = new Flow(log);
    const audit = detached.child("audit", async () => {
      await detached.timer(Math.round(millis * 0.2));
      detached.cpu(sortProducts, random.between(20, 60));
      await detached.timer(Math.round(millis * 0.2));
      detached.cpu(sumPrices, random.between(20, 60));
    });
    scene.leftovers.push(audit);
    await flow.timer(Math.round(millis * 0.6));
    flow.cpu(own(scene), millis * 0.3);
  },
  "blocked-exec": async ({ flow, log, millis }) => {
    blocked(log, "execSync", () => execSync(`sleep ${(millis / 1000).toFixed(3)}`));
    await flow.timer(3);
  },
  "blocked-atomics": async ({ flow, log, millis }) => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    blocked(log, "wait", () => Atomics.wait(cell, 0, 0, millis));
    await flow.timer(3);
  },
  "blocked-fifo": async ({ flow, fifo, log, millis }) => {
    const path = fifo(millis);
    blocked(log, "readFileSync", () => readFileSync(path));
    await flow.timer(3);
  },
  gc: async ({ flow, millis, random }) => {
    for (let left = millis; left > 0; left -= 120) {
      flow.cpu(buildIndex, Math.min(left, 120));
      await flow.timer(random.integer(2, 8));
    }
  },
  "derive-key": async ({ flow, millis }) => {
    flow.cpu(deriveKey, millis);
    await flow.timer(5);
  },
  "pool-job": async (scene) => {
    for (let until = now() + scene.millis * MS; now() < until; ) {
      await scene.flow.wait("other", () => ({
        promise: promisify(scrypt)("password", "salt", 32).then(() => undefined),
        facts: () => ({}),
      }));
      scene.flow.cpu(own(scene), 5);
    }
  },
  "pool-starved": async (scene) => {
    const { flow, log, millis, random } = scene;
    const iterations = Math.round(millis * 2800);
    outside(() => {
      const login = Flow.request(log, ["POST", "/login"], "", async () => {
        await Promise.all(
          Array.from({ length: 4 }, () => promisify(pbkdf2)("p", "s", iterations, 32, "sha256")),
        );
      });
      scene.leftovers.push(login);
    });
    const job = random.pick([
      () => stat("/"),
      () => promisify(gzip)("x".repeat(2000)),
      () => lookup("localhost"),
    ]);
    await flow.wait("pool", () => ({ promise: job().then(() => undefined), facts: () => ({}) }));
  },
  "connection-pool": async (scene) => {
    const { flow, log, millis, random, remote } = scene;
    let free: (() => void) | undefined;
    let released = 0;
    const connection = new Promise<void>((resolve) => (free = resolve));
    outside(() => {
      const stock = Flow.request(log, ["GET", "/stock/{id}"], "", async (other) => {
        await other.wait("child", () => call(`${remote}/query?wait=${Math.round(millis)}`));
        released = now();
        free?.();
        // Freed first, worked on later: who waited for the connection now waits for the loop.
        if (random.next() < 0.6) other.cpu(scoreReviews, random.between(10, 60));
      });
      scene.leftovers.push(stock);
    });
    await flow.wait("other", () => ({ promise: connection, facts: () => ({ ready: released }) }));
    await flow.wait("child", () => call(`${remote}/query?wait=${random.integer(10, 60)}`));
  },
  "hog-within": async (scene) => {
    const length = Math.max(120, scene.millis);
    hog(scene, Math.round(length * 0.2), length * 0.4);
    if (scene.random.next() < 0.5) await scene.flow.timer(Math.round(length));
    else await scene.flow.wait("child", () => call(`${scene.remote}/wait?wait=${Math.round(length)}`));
  },
  "hog-across": async (scene) => {
    const { flow, millis, random, remote } = scene;
    const wait = Math.round(millis * random.between(0.3, 0.7));
    hog(scene, Math.round(wait * random.between(0.5, 0.9)), millis - wait * 0.6);
    if (random.next() < 0.5) await flow.timer(wait);
    else await flow.wait("child", () => call(`${remote}/wait?wait=${wait}`));
    flow.cpu(own(scene), random.between(3, 20));
  },
  convoy: async (scene) => {
    const { flow, millis, random, remote } = scene;
    const wait = Math.round(millis * 0.4);
    for (let spent = 0; spent < millis * 0.7; ) {
      const part = random.between(4, 25);
      hog(scene, Math.round(wait * 0.9), part);
      spent += part;
    }
    if (random.next() < 0.5) await flow.timer(wait);
    else await flow.wait("child", () => call(`${remote}/wait?wait=${wait}`));
  },
  "under-load": async (scene) => {
    const { flow, millis, random, remote } = scene;
    for (let at = 0; at < millis; at += random.between(8, 20)) hog(scene, at, random.between(2, 9));
    for (let spent = 0; spent < millis * 0.8; ) {
      const part = random.between(10, 40);
      if (random.next() < 0.5) await flow.timer(Math.round(part));
      else await flow.wait("child", () => call(`${remote}/wait?wait=${Math.round(part)}`));
      const used = random.between(1, 8);
      flow.cpu(own(scene), used);
      spent += part * 1.4 + used;
    }
  },
  worker: async ({ flow, millis, worker }) => {
    await flow.wait("other", () => ({ promise: worker(millis), facts: () => ({}) }));
  },
  stopped: async (scene) => {
    const { flow, freeze, millis, random } = scene;
    for (let i = 0; i < 3; i++) {
      const length = millis / 3;
      freeze(length * random.between(0.15, 0.3), length * random.between(0.3, 0.5));
      await flow.timer(2);
      flow.cpu(own(scene), length);
      await flow.timer(5);
    }
  },
  "await-storm": async (scene) => {
    const { log, millis } = scene;
    // Within one macrotask: nothing else can run between two of these awaits.
    const until = now() + millis * MS;
    const ended = stretch();
    let rounds = 0;
    const step = async (n: number): Promise<number> => (n > 0 ? await step(n - 1) : n);
    while (now() < until) rounds += await step(6);
    log.add(ended("cpu", "awaitStorm"));
    if (rounds < 0) throw new Error("never");
    await scene.flow.timer(4);
  },
  microtasks: async (scene) => {
    const { log, millis } = scene;
    const until = now() + millis * MS;
    const ended = stretch();
    await new Promise<void>((resolve) => {
      const next = (): void => {
        if (now() >= until) resolve();
        else if (Math.random() < 0.5) queueMicrotask(next);
        else process.nextTick(next);
      };
      next();
    });
    log.add(ended("cpu", "microtasks"));
    await scene.flow.timer(4);
  },
  immediates: async (scene) => {
    for (let until = now() + scene.millis * MS; now() < until; ) {
      scene.flow.cpu(sumPrices, 0.5);
      await scene.flow.wait("other", () => ({
        promise: new Promise((resolve) => setImmediate(resolve)),
        facts: () => ({}),
      }));
    }
  },
  stream: async (scene) => {
    const { flow, millis, random, remote } = scene;
    const gap = random.integer(10, 30);
    const lines = Math.max(2, Math.round(millis / gap));
    await stream(flow, `${remote}/lines?wait=10&lines=${lines}&gap=${gap}`, own(scene), random.between(1, 6));
  },
  "local-stream": async (scene) => {
    const { flow, millis } = scene;
    const chunks = Math.round(millis / 4);
    await pipeline(
      Readable.from(Array.from({ length: chunks }, (_, i) => i)),
      new Transform({
        objectMode: true,
        transform(chunk: number, _, next) {
          flow.cpu(parseOrders, 3.6);
          next(null, chunk);
        },
      }),
      async (source: AsyncIterable<number>) => {
        for await (const chunk of source) if (chunk < 0) throw new Error("never");
      },
    );
  },
};
