// Runs ledger jobs away from the thread that answers requests.
import { parentPort } from "node:worker_threads";
import type { NamedStacks } from "./frames.ts";
import { runJob } from "./jobs.ts";
import { packAnswer, type PackedJob, type PackedStacks, unpackJob, unpackStacks } from "./packed.ts";

export type ToWorker =
  | { readonly type: "job"; readonly id: number; readonly job: PackedJob }
  | { readonly type: "frames"; readonly id: number; readonly named: PackedStacks };
export type FromWorker =
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: unknown }
  | { readonly type: "resolve"; readonly id: number; readonly stacks: readonly string[] };

const waiting = new Map<number, (named: NamedStacks) => void>();
const send = (message: FromWorker): void => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToWorker) => {
  const { id } = message;
  if (message.type === "frames") {
    waiting.get(id)?.(unpackStacks(message.named));
    waiting.delete(id);
    return;
  }
  const resolve = (stacks: readonly string[]): Promise<NamedStacks> =>
    new Promise((done) => {
      waiting.set(id, done);
      send({ type: "resolve", id, stacks });
    });
  const job = unpackJob(message.job);
  runJob(job, resolve).then(
    (answer) => send({ type: "answer", id, answer: packAnswer(job.kind, answer) }),
    (error: unknown) => send({ type: "failed", id, error }),
  );
});
