import { expect, test } from "vitest";
import { limited } from "./limit.ts";

test("at most four run at once, in the order asked, and one that is given up frees its place in the line", async () => {
  const finish: (() => void)[] = [];
  const started: number[] = [];
  const task = (id: number) => (): Promise<number> => {
    started.push(id);
    return new Promise((done) => finish.push(() => done(id)));
  };
  const giveUp = new AbortController();
  const never = new AbortController().signal;
  const all = [0, 1, 2, 3, 4, 5, 6].map((id) =>
    limited(id === 4 ? giveUp.signal : never, task(id)).catch((error: unknown) => String(error)),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1, 2, 3]);
  giveUp.abort();
  expect(await all[4]).toContain("AbortError");
  for (let i = 0; i < 7; i++) {
    finish.shift()?.();
    await new Promise((turn) => setTimeout(turn, 0));
  }
  expect(started).toEqual([0, 1, 2, 3, 5, 6]);
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3, "AbortError: This operation was aborted", 5, 6]);
});

test("a task that fails gives its place on", async () => {
  const never = new AbortController().signal;
  const fails = Array.from({ length: 9 }, () => limited(never, () => Promise.reject(new Error("no"))));
  for (const result of await Promise.allSettled(fails)) expect(result.status).toBe("rejected");
  expect(await limited(never, () => Promise.resolve(7))).toBe(7);
});
