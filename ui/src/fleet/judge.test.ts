import { expect, test } from "vitest";
import type { Agent } from "../api/types.ts";
import { agentState, countAgents, coverageWords, fleetSentence, ingestWords, modeWords } from "./judge.ts";
import { direction, sortAgents } from "./sort.ts";

const now = 1_800_000_000_000;
const agent = (fields: Partial<Agent> = {}): Agent => ({
  instance: "a".repeat(32),
  service: "cart",
  version: "1",
  zone: "",
  host: "",
  thread: 0,
  node: "",
  agentVersion: "",
  mode: "continuous",
  schedule: "continuous",
  periodNano: 10_101_010,
  lastSeenUnixNano: `${now - 5_000}000000`,
  coverage: 1,
  lostTicks: 0,
  droppedSamples: 0,
  droppedWindows: 0,
  stallMaxNano: 0,
  cpuShare: 0,
  ...fields,
});
const longAgo = { lastSeenUnixNano: `${now - 91_000}000000` };

test("a state tells what is lost, and silence from a turn that is not", () => {
  expect(agentState(agent(), now)).toBe("sampling");
  // One window of an hour is a number, no state.
  expect(agentState(agent({ droppedWindows: 1, coverage: 359 / 360 }), now)).toBe("sampling");
  expect(agentState(agent({ droppedWindows: 40, lostTicks: 100, coverage: 0.88 }), now)).toBe("windows");
  expect(agentState(agent({ lostTicks: 100, coverage: 0.88 }), now)).toBe("ticks");
  expect(agentState(agent(longAgo), now)).toBe("silent");
  expect(agentState(agent({ ...longAgo, coverage: 0.1, droppedWindows: 9 }), now)).toBe("silent");
  for (const schedule of ["amortised", "on_demand"])
    expect(agentState(agent({ ...longAgo, mode: "slow_only", schedule }), now)).toBe("resting");
});

test("the sentence counts the threads that are sampled, and names what is not well", () => {
  const sentence = (...agents: Agent[]): string => fleetSentence(countAgents(agents, now));
  expect(sentence(agent())).toBe("1 thread in one service is sampled, none loses data.");
  expect(sentence(agent(), agent({ service: "mail" }), agent({ coverage: 0.5 }), agent(longAgo))).toBe(
    "3 threads in 2 services are sampled; 1 of them loses data, 1 fell silent.",
  );
});

test("ingest is behind when something waits for long, and unknown when nobody tells", () => {
  expect(ingestWords({ lagMessages: 0, lagMs: 0, deadLetters: 0 }).bad).toBe(false);
  expect(ingestWords({ lagMessages: 9_000, lagMs: 900, deadLetters: 0 }).bad).toBe(false);
  const { words, bad } = ingestWords({ lagMessages: 1, lagMs: 45_000, deadLetters: 0 });
  expect([words.replaceAll(/\s/g, " "), bad]).toEqual([
    "Ingest is behind: 1 record waits to be stored, the oldest for 45.0 s.",
    true,
  ]);
  expect(ingestWords({ lagMessages: null, lagMs: null, deadLetters: 0 }).bad).toBe(true);
});

test("what is missing never reads as whole", () => {
  expect(coverageWords(1)).toMatch(/^100\.0/);
  expect(coverageWords(0.99996)).toMatch(/^99\.9/);
  expect(modeWords(agent())).toBe("continuous");
  expect(modeWords(agent({ mode: "slow_only", schedule: "on_demand" }))).toBe("slow only, on demand");
  expect(modeWords(agent({ mode: "slow_only", schedule: "" }))).toBe("slow only");
});

test("each column puts its worst first, and equals keep their order", () => {
  const agents = [
    agent({ host: "node-10", coverage: 0.9, stallMaxNano: 5 }),
    agent({ host: "node-9", coverage: 1, stallMaxNano: 9 }),
    agent({ host: "node-1", coverage: 0.9, stallMaxNano: 1, ...longAgo }),
  ];
  const hosts = (column: Parameters<typeof sortAgents>[1], other = false): string[] =>
    sortAgents(agents, column, other, now).map(({ host }) => host);
  expect(hosts("coverage")).toEqual(["node-10", "node-1", "node-9"]);
  expect(hosts("coverage", true)).toEqual(["node-9", "node-10", "node-1"]);
  expect(hosts("stall")).toEqual(["node-9", "node-10", "node-1"]);
  expect(hosts("host")).toEqual(["node-1", "node-9", "node-10"]);
  expect(hosts("seen")[0]).toBe("node-1");
  expect([direction("stall", false), direction("coverage", false), direction("coverage", true)]).toEqual([
    "descending",
    "ascending",
    "descending",
  ]);
  expect(hosts("state")).toEqual(["node-10", "node-1", "node-9"]);
});
