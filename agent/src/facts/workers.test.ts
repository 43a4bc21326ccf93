import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { runningWorkers, unwatchWorkers, watchWorkers } from "./workers.ts";

afterEach(unwatchWorkers);

const idle = (): Worker => new Worker("setInterval(() => {}, 1000)", { eval: true });

test("workers count from their making to their end, however often one begins to watch", async () => {
  watchWorkers();
  watchWorkers();
  const workers = [idle(), idle()];
  await Promise.all(workers.map((worker) => once(worker, "online")));
  expect(runningWorkers()).toBe(2);
  await workers[0]?.terminate();
  expect(runningWorkers()).toBe(1);
  // Those it knows of it counts down even when it looks for no others.
  unwatchWorkers();
  await workers[1]?.terminate();
  expect(runningWorkers()).toBe(0);
});
