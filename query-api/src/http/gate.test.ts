import { expect, test } from "vitest";
import { Gate } from "./gate.ts";

const patient = new AbortController().signal;

test("so many are inside at once, the others follow in order", async () => {
  const gate = new Gate(2, 10);
  const [one, two] = [await gate.enter(patient), await gate.enter(patient)];
  const came: string[] = [];
  const third = gate.enter(patient).then((leave) => (came.push("third"), leave));
  const fourth = gate.enter(patient).then((leave) => (came.push("fourth"), leave));
  await Promise.resolve();
  expect(came).toEqual([]);
  one?.();
  // Twice is once.
  one?.();
  const leaveThird = await third;
  expect(came).toEqual(["third"]);
  two?.();
  (await fourth)?.();
  leaveThird?.();
  expect(came).toEqual(["third", "fourth"]);
  expect(await gate.enter(patient)).toBeTypeOf("function");
});

test("small ones go in before larger ones that wait", async () => {
  const gate = new Gate(1, 10);
  const leave = await gate.enter(patient, 5);
  const came: number[] = [];
  const all = [24, 1, 24, 6, 1].map(async (size, i) => {
    const out = await gate.enter(patient, size);
    came.push(size + i / 10);
    out?.();
  });
  leave?.();
  await Promise.all(all);
  expect(came).toEqual([1.1, 1.4, 6.3, 24, 24.2]);
});

test("who finds the line too long, or gives up, is not let in, and nobody behind waits for them", async () => {
  const gate = new Gate(1, 2);
  const leave = await gate.enter(patient);
  const gone = new AbortController();
  const impatient = gate.enter(gone.signal);
  const behind = gate.enter(patient);
  expect(await gate.enter(patient)).toBeUndefined();
  gone.abort();
  expect(await impatient).toBeUndefined();
  expect(await gate.enter(AbortSignal.abort())).toBeUndefined();
  leave?.();
  expect(await behind).toBeTypeOf("function");
});
