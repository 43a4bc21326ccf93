import { afterEach, expect, test } from "vitest";
import { type Job } from "./jobs.ts";
import { LedgerRunner } from "./runner.ts";

const runner = new LedgerRunner();
afterEach(() => runner.close());

const stack = "1 shop";
const frame = { function: "f", file: "f.js", line: 1, package: "shop", kind: "app" } as const;
const spans = (name: string, nano: number) =>
  Array.from({ length: 30 }, (_, i) => ({
    traceId: `${name}${i}`,
    spanId: `${name}${i}`,
    durationNano: nano + i,
    classes: { "cpu.self": nano + i },
    functions: [{ class: "cpu.self" as const, stack, nano: nano + i }],
    blame: [],
    children: [],
    attributes: {},
  }));
const job: Job & { kind: "root_cause" } = {
  kind: "root_cause",
  slow: spans("s", 900_000),
  baseline: spans("b", 100_000),
  options: {},
};
const resolve = (stacks: readonly string[]) =>
  Promise.resolve({ frames: [frame], stacks: stacks.map(() => [0]) });

test("a job runs in another thread and asks back for the frames it needs", async () => {
  const asked: (readonly string[])[] = [];
  const answers = await Promise.all(
    [1, 2, 3].map(() =>
      runner.run(job, (stacks) => {
        asked.push(stacks);
        return resolve(stacks);
      }),
    ),
  );
  expect(asked).toEqual([[stack], [stack], [stack]]);
  for (const answer of answers)
    expect(answer).toMatchObject({ comparable: true, answer: { contributions: [{ function: "f" }, {}] } });
});

test("a failure reaches who asked, and the next job is answered", async () => {
  await expect(runner.run(job, () => Promise.reject(new Error("no store")))).rejects.toThrow("no store");
  const broken = { ...job, slow: spans("s", -1) };
  await expect(runner.run(broken, resolve)).rejects.toThrow(/no integer/);
  expect(await runner.run(job, resolve)).toMatchObject({ comparable: true });
});

test("whoever waits when the threads are ended is told", async () => {
  const waiting = runner.run(job, () => new Promise(() => undefined));
  const told = expect(waiting).rejects.toThrow("ended");
  await runner.close();
  await told;
});
