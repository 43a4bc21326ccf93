import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, repository } from "./support/runtimes.ts";

const fixture = join(repository, "fixtures/peers");
if (!existsSync(join(fixture, "node_modules/dd-trace")))
  throw new Error("No other profilers to stand aside for: npm run fixtures:peers");

const receiver = Receiver.each();

const peers = [
  { peer: "dd-trace", name: "dd-trace's profiler" },
  { peer: "pyroscope", name: "@pyroscope/nodejs" },
  { peer: "splunk", name: "@splunk/otel's profiler" },
];
const preload = ["--import", registerModule];
const orders = peers.flatMap(({ peer, name }) => {
  const theirs = ["--require", join(fixture, `${peer}.cjs`)];
  return [
    { how: `${peer}, then the agent`, args: [...theirs, ...preload], name },
    { how: `the agent, then ${peer}`, args: [...preload, ...theirs], name },
  ];
});

test.for(orders)("it stands aside with one line: $how", async ({ args, name }) => {
  const { code, stderr } = await runNode([...args, app("life.cjs"), "exit"], {
    HOTSPAN_ENDPOINT: receiver.url,
    DD_TRACE_AGENT_URL: "http://127.0.0.1:9",
  }).ended;
  expect(code).toBe(3);
  const said = stderr.split("\n").filter((line) => line.startsWith("hotspan: "));
  expect(said).toEqual([
    `hotspan: ${name} is at work in this process, and two samplers starve each other; the agent is off (HOTSPAN_AGENT_OTHER_PROFILER)`,
  ]);
  expect(receiver.windows).toEqual([]);
});
