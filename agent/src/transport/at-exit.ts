import { Worker } from "node:worker_threads";
import type { PoolOptions } from "./route.ts";
import { tlsEnvironment } from "./tls.ts";

export interface ExitRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
}

/** Runs in a thread of its own, whose loop still turns while the main thread waits in its `exit` event. */
const PROGRAM = `
const { workerData: { requests, pool, flag } } = require("node:worker_threads");
const done = new Int32Array(flag);
let left = requests.length;
const over = () => {
  if (--left > 0) return;
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
};
for (const { url, headers, body } of requests) {
  const http = require(url.startsWith("https:") ? "node:https" : "node:http");
  const request = http.request(url, { method: "POST", headers, agent: new http.Agent(pool) });
  let said = false;
  const once = () => { if (!said) { said = true; over(); } };
  request.on("response", (response) => response.resume().on("close", once)).on("error", once);
  request.end(body);
}
`;

/**
 * Sends from the `exit` event, where nothing asynchronous runs any more: after process.exit() and uncaught exceptions.
 * Holds the exit for as long as the receiver takes, 50 to 90 ms on loopback, at most `budgetMillis`.
 */
export function sendAtExit(requests: readonly ExitRequest[], pool: PoolOptions, budgetMillis: number): void {
  const flag = new SharedArrayBuffer(4);
  const worker = new Worker(PROGRAM, {
    eval: true,
    // Neither this agent nor any other preload in that thread.
    execArgv: [],
    env: tlsEnvironment(),
    workerData: { requests, pool, flag },
  });
  worker.on("error", () => {});
  Atomics.wait(new Int32Array(flag), 0, 0, budgetMillis);
}
