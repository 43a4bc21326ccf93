import { expect, it } from "vitest";
import { splitTasks } from "./gc-task.ts";
import { State, type Tick, type Turn } from "./stream.ts";

const MS = 1e6;
const turn = (start: number, end: number, label: number): Turn => ({
  start: start * MS,
  end: end * MS,
  label,
});
const collection = (start: number, end: number, major: boolean) => ({
  start: start * MS,
  end: end * MS,
  major,
});
const tick = (time: number, label: number): Tick => ({
  time: time * MS,
  state: State.gc,
  cpu: 0,
  label,
  stack: -1,
  run: 1,
});

it("a major collection at the end of a turn is a task of its own: the turn ended where it began", () => {
  expect(splitTasks([turn(0, 30, 4)], [collection(20, 29.8, true)], [])).toEqual([
    turn(0, 20, 4),
    turn(20, 30, -1),
  ]);
});

it("one within a turn is the turn's", () => {
  const turns = [turn(0, 30, 4)];
  expect(splitTasks(turns, [collection(10, 20, true)], [])).toEqual(turns);
});

it("whose a scavenge at the end of a turn was its tick says, else whether the turn has a label", () => {
  const scavenge = [collection(20, 29.8, false)];
  expect(splitTasks([turn(0, 30, 4)], scavenge, [])).toHaveLength(1);
  expect(splitTasks([turn(0, 30, -1)], scavenge, [])).toHaveLength(2);
  expect(splitTasks([turn(0, 30, 4)], scavenge, [tick(25, -1)])).toHaveLength(2);
  expect(splitTasks([turn(0, 30, -1)], scavenge, [tick(25, 4)])).toHaveLength(1);
});
