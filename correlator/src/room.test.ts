import { pino } from "pino";
import { expect, test } from "vitest";
import { Room } from "./room.ts";

function setUp(): { room: Room; lines: string[]; pass: (ms: number) => void } {
  const lines: string[] = [];
  let now = 0;
  const log = pino(
    { base: null },
    { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  return { room: new Room(log, () => now), lines, pass: (ms) => (now += ms) };
}

test("each pause is said once, however many find the place full", () => {
  const { room, lines } = setUp();
  for (const who of ["a", "b", "a"]) room.full("store", who, "make room");
  expect([room.reason, room.refusal, lines]).toEqual([
    "make room",
    "make room",
    ["ingest pauses: make room"],
  ]);
  room.free("store", "a");
  expect(room.isFull("store")).toBe(true);
  room.free("store", "b");
  expect([room.reason, room.refusal, lines.at(-1)]).toEqual([undefined, undefined, "ingest goes on"]);
});

test("a full log is tried again after a while, and not believed in for ever", () => {
  const { room, lines, pass } = setUp();
  room.full("log", "spans", "make room");
  expect(room.refusal).toBe("make room");
  pass(2500);
  expect([room.refusal, room.reason]).toEqual([undefined, "make room"]);
  room.full("log", "spans", "make room");
  expect(room.refusal).toBe("make room");
  pass(31_000);
  expect([room.reason, lines]).toEqual([undefined, ["ingest pauses: make room", "ingest goes on"]]);
});

test("who waits for room below the limit goes on when there is, or when it is told to stop", async () => {
  const { room } = setUp();
  const stop = new AbortController();
  await room.belowLimit(stop.signal);
  room.full("limit", "watch", "too much");
  const waiting = [room.belowLimit(stop.signal), room.belowLimit(new AbortController().signal)];
  stop.abort();
  await waiting[0];
  room.free("limit", "watch");
  await waiting[1];
});
