import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import type { AgentStatus } from "@hotspan/agent";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startMark } from "../process/alive.ts";
import { checkAgent, checkAgents, describe, whyNone } from "./agent.ts";
import { attempt } from "./process-facts.ts";

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "hotspan-doctor-"));
  folder = join(base, `hotspan-${process.getuid?.()}`);
  mkdirSync(folder, { mode: 0o700 });
  vi.stubEnv("XDG_RUNTIME_DIR", base);
  vi.stubEnv("TMPDIR", base);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

const status = (changes: Partial<AgentStatus> = {}): AgentStatus => ({
  format: 1,
  pid: process.pid,
  processMark: startMark(process.pid),
  pidNamespace: undefined,
  threadId: 0,
  threadName: "main",
  instance: "0".repeat(32),
  node: "24.0.0",
  agent: "0.1.0",
  agentPath: "/app/node_modules/@hotspan/agent",
  service: "cart",
  startedEpochMillis: Date.now() - 60_000,
  updatedEpochMillis: Date.now() - 3000,
  state: "collecting",
  because: undefined,
  hz: 99,
  windowMillis: 10_000,
  journal: true,
  quietLoop: true,
  labels: "frame",
  destination: "http://127.0.0.1:4318/v1/profiles",
  windows: { taken: 6, sent: 5, dropped: 0, refused: 0 },
  queueBytes: 20_000,
  droppedBytes: 0,
  cpuShare: 0.012,
  stallMillis: 4.2,
  labelledShare: 0.9,
  lostTicks: 0,
  lastError: undefined,
  otherProfiler: undefined,
  config: { budget: "5%,50ms", quietLoop: true, journal: true },
  ...changes,
});

const of = (changes: Partial<AgentStatus>) => [...describe(status(changes))];
const states = (changes: Partial<AgentStatus>) => new Set(of(changes).map(({ state }) => state));

test("an agent that works gives no cause for advice", () => {
  expect(states({})).toEqual(new Set(["ok"]));
  expect(of({}).map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      "collecting: 99 samples per second, windows of 10 s",
      "labels by AsyncContextFrame",
      expect.stringContaining("6 taken, 5 sent, 0 dropped, 0 refused, 20 kB wait"),
      expect.stringContaining("1.2 % of a core"),
    ]),
  );
});

test.each<[string, Partial<AgentStatus>, string]>([
  ["backed off", { state: "backed off", because: "used 7 %", hz: 30 }, "warn"],
  ["off", { state: "off", because: "an internal error" }, "fail"],
  ["another profiler", { otherProfiler: "dd-trace's profiler", state: "off" }, "fail"],
  ["no quiet loop", { quietLoop: false, journal: false }, "warn"],
  ["no journal", { journal: false }, "warn"],
  ["incomplete", { labels: "with" }, "warn"],
  ["1 dropped", { windows: { taken: 6, sent: 5, dropped: 1, refused: 0 } }, "warn"],
  ["0 sent", { windows: { taken: 6, sent: 0, dropped: 0, refused: 0 } }, "warn"],
  ["no window since", { updatedEpochMillis: Date.now() - 60_000 }, "warn"],
  [
    "HOTSPAN_AGENT_RECEIVER_ABSENT",
    { lastError: { code: "HOTSPAN_AGENT_RECEIVER_ABSENT", message: "gone", epochMillis: Date.now() } },
    "warn",
  ],
])("%s is told, with advice", (text, changes, state) => {
  expect(of(changes)).toContainEqual({
    state,
    what: expect.stringContaining(text),
    advice: expect.any(String),
  });
});

test("a journal that was switched off is as wanted", () => {
  expect(states({ journal: false, config: { journal: false } })).toEqual(new Set(["ok"]));
});

test.each([
  [{ env: { HOTSPAN_ENABLED: "off" }, commandLine: ["node"] }, "HOTSPAN_ENABLED"],
  [{ env: { HOTSPAN_STATUS: "off" }, commandLine: ["node"] }, "HOTSPAN_STATUS"],
  [{ env: {}, commandLine: ["node", "--import", "@hotspan/agent/register", "app.js"] }, "loaded and waits"],
  [{ env: {}, commandLine: ["node", "app.js"] }, "neither its command line"],
  [{ env: undefined, commandLine: undefined }, "not loaded, or waits"],
])("why there is none: %j", (facts, text) => {
  expect(whyNone(facts)).toContain(text);
});

test("no such process and no agent in it are told apart", () => {
  expect(() => [...checkAgent(2 ** 30)]).toThrow(
    expect.objectContaining({ code: "HOTSPAN_CLI_NO_PROCESS" }) as Error,
  );
  expect(() => [...checkAgent(process.ppid)]).toThrow(
    expect.objectContaining({ code: "HOTSPAN_CLI_NO_AGENT" }) as Error,
  );
});

const put = (name: string, content: AgentStatus, more: object): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...content, ...more }), { mode: 0o600 });
  return path;
};
const here = { pidNamespace: attempt(() => readlinkSync("/proc/self/ns/pid")) };

test("agents at work are listed; files of dead processes, and of others that had their pid, are removed", () => {
  const dead = put(`${2 ** 30}.json`, status({ pid: 2 ** 30 }), here);
  const before = put(`${process.ppid}.json`, status({ pid: process.ppid, processMark: "boot/1" }), here);
  const elsewhere = put(`${2 ** 29}.json`, status({ pid: 2 ** 29 }), { pidNamespace: "pid:[1]" });
  const own = put(`${process.pid}.json`, status(), here);
  const worker = put(`${process.pid}.3.json`, status({ threadId: 3, threadName: "w" }), here);
  writeFileSync(join(folder, "4711.json"), "{not json");
  const lines = [...checkAgents()]
    .map(({ what }) => what)
    .filter((what) => what.includes(`pid ${process.pid}`));
  expect(lines).toEqual([
    expect.stringContaining("of cart: collecting"),
    expect.stringContaining("thread 3 (w) of cart: collecting"),
  ]);
  expect([dead, elsewhere, own, worker].map((path) => existsSync(path))).toEqual([false, true, true, true]);
  if (startMark(process.pid) !== undefined) expect(existsSync(before)).toBe(false);
});
