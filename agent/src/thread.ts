import * as worker from "node:worker_threads";
import { randomBytes } from "node:crypto";

const INSTANCE = "hotspan.instance";

/**
 * 32 hex digits, the same in all threads of a process: handed down to workers by their environment data, which unlike an
 * environment variable does not reach child processes.
 */
export function processInstance(): string {
  const inherited = worker.getEnvironmentData(INSTANCE);
  if (typeof inherited === "string" && /^[0-9a-f]{32}$/.test(inherited)) return inherited;
  const instance = randomBytes(16).toString("hex");
  worker.setEnvironmentData(INSTANCE, instance);
  return instance;
}

export function threadName(): string {
  if (worker.isMainThread) return "main";
  // Node.js ≥ 22.20 and ≥ 24.6.
  const { threadName: given } = worker as { threadName?: string };
  return given !== undefined && given !== "" ? given.slice(0, 80) : `worker-${worker.threadId}`;
}
