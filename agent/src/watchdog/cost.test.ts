import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { costOf, labelPrices, totalOf } from "./cost.ts";
import { SamplerThreadCpu } from "./sampler-thread.ts";

const spent = {
  durationNanos: 10e9,
  periodNanos: 10e6,
  samplerNanos: 50e6,
  takenTicks: 1000,
  labels: { reads: 1000, writes: 100 },
  prices: { read: 40, write: 600 },
  macrotasks: 10_000,
  readings: 500,
  windowNanos: 8e6,
  mapNanos: 1e6,
  messages: 1,
  bytes: 20_000,
};

test("the cost of a window is the sum of its parts", () => {
  const cost = costOf(spent);
  expect(cost).toEqual({
    sampler: 50e6,
    ticks: 10e6,
    labels: 1000 * 120 + 100 * 600,
    journal: 1.5e6,
    windows: 8e6,
    maps: 1e6,
    sending: 620_000,
  });
  expect(totalOf(cost)).toBe(71.3e6);
});

test("where the sampler's thread cannot be read its cost goes by the rate", () => {
  expect(costOf({ ...spent, samplerNanos: undefined }).sampler).toBe(1000 * 60_000);
});

test("pricing the label leaves it as it was", () => {
  const target = {
    context: "before" as unknown,
    state: new Uint32Array(1),
    createContextHolder: (value: unknown) => ({ value }),
  };
  const { read, write } = labelPrices(target, false);
  expect(target.context).toBe("before");
  for (const price of [read, write]) {
    expect(price).toBeGreaterThan(0);
    expect(price).toBeLessThan(1e6);
  }
  expect(labelPrices(target, true).write).toBeGreaterThan(0);
  expect(target.context).toBe("before");
});

let tasks: string;
beforeEach(() => {
  tasks = mkdtempSync(join(tmpdir(), "hotspan-tasks-"));
});
afterEach(() => rmSync(tasks, { recursive: true }));

function thread(id: number, name: string, nanos: number): void {
  mkdirSync(join(tasks, String(id)), { recursive: true });
  writeFileSync(join(tasks, String(id), "comm"), `${name}\n`);
  writeFileSync(join(tasks, String(id), "schedstat"), `${nanos} 12345 67\n`);
}

test("V8's sampler threads are found by name, and shared by those who sample", () => {
  thread(1, "node", 5e9);
  thread(2, "v8:ProfEvntProc", 100);
  thread(3, "v8:ProfEvntProc", 300);
  const cpu = new SamplerThreadCpu(tasks);
  expect(cpu.take()).toBe(undefined);
  thread(2, "v8:ProfEvntProc", 1100);
  expect(cpu.take()).toBe(500);
  // One ends: what it had used is no longer known.
  rmSync(join(tasks, "3"), { recursive: true });
  expect(cpu.take()).toBe(undefined);
  thread(2, "v8:ProfEvntProc", 1700);
  expect(cpu.take()).toBe(600);
});

test("no such thread, no /proc: it is not known", () => {
  thread(1, "node", 5e9);
  for (const folder of [tasks, join(tasks, "none")]) {
    const cpu = new SamplerThreadCpu(folder);
    expect(cpu.take()).toBe(undefined);
    expect(cpu.take()).toBe(undefined);
  }
});
