import { expect, test } from "vitest";
import { type Coverage, coverage, type WindowFact } from "./coverage.ts";
import { judge, suspects } from "./evidence.ts";
import { deadlineOf, profileState, retryAfterMs, type StateFacts, stateRules } from "./state.ts";

const S = 1e9;
const covered: Coverage = {
  kind: "full",
  periodNano: 10e6,
  windowNano: 10 * S,
  ticksLost: false,
  schedule: "continuous",
  mode: "continuous",
};
const facts = (
  change: Omit<Partial<StateFacts>, "coverage"> & { coverage?: Partial<Coverage> },
): StateFacts => ({
  samples: 0,
  durationNano: 50e6,
  agent: "process",
  unsupported: false,
  expired: false,
  due: false,
  ...change,
  coverage: { ...covered, ...change.coverage },
});

/** One row per rule, in their order, and what comes close to it. */
const table: readonly [name: string, facts: StateFacts, rule: number][] = [
  ["under way", facts({ due: true, coverage: { kind: "open" } }), 0],
  ["under way with first samples", facts({ due: true, samples: 3, coverage: { kind: "open" } }), 0],
  ["new process of a known service", facts({ due: true, agent: "other", coverage: { kind: "open" } }), 0],
  ["samples", facts({ samples: 3 }), 1],
  ["samples without any window", facts({ samples: 3, coverage: { kind: "open" } }), 1],
  ["samples of an old span", facts({ samples: 3, expired: true }), 1],
  ["windows", facts({ unsupported: true, due: true, coverage: { kind: "open" } }), 2],
  ["no agent", facts({ agent: "none", due: true, coverage: { kind: "open" } }), 3],
  ["no agent in this process", facts({ agent: "other", coverage: { kind: "open" } }), 3],
  ["expired", facts({ expired: true }), 4],
  ["expired and shorter than the period", facts({ expired: true, durationNano: 1 }), 4],
  ["duty cycle", facts({ coverage: { kind: "closed" } }), 5],
  ["window missing", facts({ coverage: { kind: "lost" } }), 6],
  [
    "amortised, behind the last window",
    facts({ coverage: { kind: "open", schedule: "amortised", mode: "amortised" } }),
    7,
  ],
  [
    "in turn and slow-only, behind it",
    facts({ coverage: { kind: "open", schedule: "amortised", mode: "slow_only" } }),
    7,
  ],
  ["always and slow-only, behind it", facts({ coverage: { kind: "open", mode: "slow_only" } }), 8],
  ["never came", facts({ coverage: { kind: "open" } }), 8],
  ["no window was ever seen", facts({ coverage: { kind: "open", schedule: "", mode: "" } }), 8],
  ["slow-only", facts({ coverage: { mode: "slow_only" } }), 9],
  ["too short", facts({ durationNano: 9e6 }), 10],
  ["too short although ticks were lost", facts({ durationNano: 9e6, coverage: { ticksLost: true } }), 10],
  ["ticks lost", facts({ coverage: { ticksLost: true } }), 11],
  ["nothing ran", facts({}), 12],
];

test.each(table)("%s", (_name, given, rule) => {
  expect(stateRules.findIndex(({ when }) => when(given))).toBe(rule);
  expect(profileState(given)).toBe(stateRules[rule]!.state);
});

test("every rule has a row, and all eight states are reached", () => {
  expect(new Set(table.map(([, , rule]) => rule)).size).toBe(stateRules.length);
  expect(new Set(table.map(([, given]) => profileState(given)))).toEqual(
    new Set(["ready", "pending", "too_short", "not_sampled", "no_agent", "lost", "expired", "unsupported"]),
  );
});

const window = (seq: number, start: number, end: number, change: Partial<WindowFact> = {}): WindowFact => ({
  seq,
  start: start * S,
  end: end * S,
  partsSeen: 1,
  parts: 1,
  periodNano: 10e6,
  schedule: "continuous",
  mode: "continuous",
  droppedContexts: 0,
  expectedTicks: 990,
  takenTicks: 990,
  quietLoop: false,
  ...change,
});

test.each<[string, [number, number], WindowFact[], Coverage["kind"]]>([
  ["inside a window", [12, 13], [window(1, 10, 20)], "full"],
  ["across two windows", [15, 25], [window(1, 10, 20), window(2, 20, 30)], "full"],
  ["no windows", [12, 13], [], "open"],
  ["behind the last window", [25, 26], [window(1, 10, 20)], "open"],
  ["its end behind the last window", [15, 26], [window(1, 10, 20)], "open"],
  ["between windows that follow each other", [25, 26], [window(1, 10, 20), window(2, 30, 40)], "closed"],
  ["in the seam of two windows", [20.01, 20.02], [window(1, 10, 20), window(2, 20.05, 30)], "full"],
  ["where a window is missing", [25, 26], [window(1, 10, 20), window(3, 30, 40)], "lost"],
  ["with its end where a window is missing", [15, 25], [window(1, 10, 20), window(3, 30, 40)], "lost"],
  ["with its start where a window is missing", [25, 35], [window(1, 10, 20), window(3, 30, 40)], "lost"],
  ["over a missing window", [15, 35], [window(1, 10, 20), window(3, 30, 40)], "lost"],
  ["before the first window of a process", [5, 6], [window(0, 10, 20)], "closed"],
  ["from before the first window of a process", [5, 12], [window(0, 10, 20)], "full"],
  ["before a window that is not the first", [5, 6], [window(4, 10, 20)], "lost"],
  [
    "part missing, and the next window is here",
    [12, 13],
    [window(1, 10, 20, { parts: 2 }), window(2, 20, 30)],
    "lost",
  ],
  ["part missing in the last window", [12, 13], [window(1, 10, 20, { parts: 2 })], "open"],
  ["of length zero", [12, 12], [window(1, 10, 20)], "full"],
  ["end just over the edge", [19, 20.05], [window(1, 10, 20)], "full"],
])("a span %s", (_name, [start, end], windows, kind) => {
  expect(coverage(start * S, end * S, windows).kind).toBe(kind);
});

test("lost ticks count unless the loop was quiet", () => {
  const few = { takenTicks: 100 };
  expect(coverage(12 * S, 13 * S, [window(1, 10, 20, few)]).ticksLost).toBe(true);
  expect(coverage(12 * S, 13 * S, [window(1, 10, 20, { ...few, quietLoop: true })]).ticksLost).toBe(false);
  expect(
    coverage(12 * S, 13 * S, [window(1, 10, 20, { droppedContexts: 1, quietLoop: true })]).ticksLost,
  ).toBe(true);
});

const agents = [
  { instance: "a", service: "web", host: "h1", pid: 1, unsupported: false },
  { instance: "b", service: "web", host: "h2", pid: 1, unsupported: false },
  { instance: "c", service: "cart", host: "h1", pid: 1, unsupported: true },
];
const spanOf = (change: object) => ({
  service: "web",
  instance: undefined,
  thread: undefined,
  host: "",
  pid: undefined,
  startUnixNano: 12_000_000_000n,
  durationNano: 1e9,
  unsupported: false,
  ...change,
});

test("a span's process is the one it names, else by host and pid, else any of its service", () => {
  expect(suspects(spanOf({ instance: "x" }), agents)).toEqual({ agent: "process", instances: ["x"] });
  expect(suspects(spanOf({ host: "h2", pid: 1 }), agents)).toEqual({ agent: "process", instances: ["b"] });
  expect(suspects(spanOf({ host: "h2", pid: 2 }), agents)).toEqual({ agent: "other", instances: [] });
  expect(suspects(spanOf({}), agents)).toEqual({ agent: "service", instances: ["a", "b"] });
  expect(suspects(spanOf({ service: "db" }), agents)).toEqual({ agent: "none", instances: [] });
});

test("judging takes the thread that is named, and the best one when none is", () => {
  const evidence = {
    agents,
    lanes: new Map([
      ["a/0", [window(1, 10, 20)]],
      ["a/3", [window(1, 10, 11), window(3, 30, 40)]],
    ]),
    retentionNano: 7 * 86_400e9,
    nowNano: 100 * S,
  };
  expect(judge(spanOf({ instance: "a", thread: 3 }), evidence).coverage.kind).toBe("lost");
  expect(judge(spanOf({ instance: "a" }), evidence).coverage.kind).toBe("full");
  expect(judge(spanOf({ instance: "a", thread: 9 }), evidence).coverage.kind).toBe("open");
  expect(judge(spanOf({ service: "cart" }), evidence).unsupported).toBe(true);
  expect(judge(spanOf({ instance: "a" }), { ...evidence, retentionNano: 1 }).expired).toBe(true);
  expect(judge(spanOf({ instance: "a" }), { ...evidence, nowNano: 27 * S }).due).toBe(true);
  expect(judge(spanOf({ instance: "a" }), { ...evidence, nowNano: 29 * S }).due).toBe(false);
});

test("looking again is asked for until the deadline, at most 5 s ahead", () => {
  expect(deadlineOf(0, 0)).toBe(15 * S);
  expect(deadlineOf(0, 2 * S)).toBe(7 * S);
  expect(retryAfterMs(0, 15 * S)).toBe(5000);
  expect(retryAfterMs(0, 2 * S)).toBe(2000);
  expect(retryAfterMs(9 * S, 2 * S)).toBe(250);
});
