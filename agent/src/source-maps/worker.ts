// A thread of its own that reads source maps: parsing one can take a second, and may fail without harm to anybody.
import { parentPort } from "node:worker_threads";
import { threadNanos } from "../facts/cpu.ts";
import { type ScriptQuestion, SourceMapResolver } from "./resolve.ts";

const resolver = new SourceMapResolver();
let last: Promise<void> = Promise.resolve();

parentPort?.on(
  "message",
  ({ id, questions }: { readonly id: number; readonly questions: readonly ScriptQuestion[] }) => {
    last = last.then(async () => {
      const began = threadNanos();
      const answers = [];
      for (const question of questions)
        answers.push(
          await resolver
            .answer(question)
            .catch(() => ({ frames: question.positions.map(() => undefined), debugId: undefined })),
        );
      parentPort?.postMessage({ id, answers, cpuNanos: threadNanos() - began });
    });
  },
);
