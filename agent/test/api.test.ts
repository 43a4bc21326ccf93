import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { agentFolder, app, registerModule, repository, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

const esm = join(agentFolder, "lib/index.mjs");
const commonJs = join(agentFolder, "lib/index.cjs");

const receiver = Receiver.each();

const env = (agent = esm): Record<string, string> => ({
  HOTSPAN_ENDPOINT: receiver.url,
  TEST_AGENT: agent,
  OTEL_TRACES_EXPORTER: "none",
});

/** Labels of the ticks with this function on their stack; undefined where there is none. */
function labelsOf(fn: string) {
  return receiver.windows.flatMap((window) =>
    tickStacks(window).flatMap((stack, index) =>
      stack.includes(fn) ? [window.labels[(window.ticks.label[index] as number) - 1]] : [],
    ),
  );
}

/** Of the ten or twenty that a free processor gives. */
const enough = 2;

test("hotspan() as a span processor brings the agent; labels pass if they are allowed", async () => {
  const { code, stderr } = await runNode([app("use.mjs"), "processor"], env()).ended;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr:
      "hotspan: label secret is not in HOTSPAN_LABELS and is left out (HOTSPAN_AGENT_LABEL_NOT_ALLOWED)\n",
  });
  const labelled = labelsOf("spinLabelled");
  expect(labelled.length).toBeGreaterThan(enough);
  for (const label of labelled) expect(label?.user).toEqual({ tenant: "acme" });
  const spans = new Set(labelled.map((label) => label?.spanId));
  expect(spans.size).toBe(1);
  const plain = labelsOf("spin").filter((label) => label?.user["tenant"] === undefined);
  expect(plain.length).toBeGreaterThan(enough);
  for (const label of plain) expect(spans.has(label?.spanId)).toBe(true);
});

test.for(runtimes)(
  "requests that ran already when sampling began are labelled: Node $major",
  async ({ binary }) => {
    const { code, stderr } = await runNode([app("use.mjs"), "late"], env(), binary).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const labels = labelsOf("spin");
    expect(labels.length).toBeGreaterThan(5);
    expect(labels.filter((label) => label === undefined).length / labels.length).toBeLessThan(0.02);
  },
);

test.for(runtimes)(
  "stop() gives everything back and start() begins anew: Node $major",
  async ({ binary }) => {
    const { code, stdout, stderr } = await runNode([app("use.mjs"), "again"], env(), binary).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "false\nfalse\n", stderr: "" });
    expect(receiver.windows.length).toBe(2);
    for (const window of receiver.windows) expect(window.labels.length).toBe(1);
  },
);

test("the ES module of --import and the CommonJS the application requires are one agent", async () => {
  const { code } = await runNode(["--import", registerModule, app("use.mjs"), "processor"], env(commonJs))
    .ended;
  expect(code).toBe(0);
  expect(new Set(receiver.windows.map(({ header }) => header.instance)).size).toBe(1);
  // `hotspan({ labels })` of the one reached the session of the other.
  expect(labelsOf("spinLabelled")[0]?.user).toEqual({ tenant: "acme" });
});

test("a second installation says so once and uses the first", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-second-"));
  try {
    for (const name of ["lib", "prebuilds", "package.json"])
      await cp(join(agentFolder, name), join(folder, name), { recursive: true });
    await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
    const { code, stderr } = await runNode(
      ["--import", registerModule, app("use.mjs"), "late"],
      env(join(folder, "lib/index.mjs")),
    ).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^hotspan: two copies of the agent: .* stands aside \(HOTSPAN_AGENT_SECOND_COPY\)\n$/,
    );
    expect(new Set(receiver.windows.map(({ header }) => header.instance)).size).toBe(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("where another profiler is at work the agent stands aside", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-peer-"));
  try {
    const pprof = join(folder, "node_modules/@datadog/pprof");
    await cp(join(repository, "node_modules/@datadog/pprof"), pprof, { recursive: true });
    await symlink(
      join(repository, "node_modules/node-gyp-build"),
      join(folder, "node_modules/node-gyp-build"),
    );
    await symlink(join(repository, "node_modules/pprof-format"), join(folder, "node_modules/pprof-format"));
    await symlink(join(repository, "node_modules/source-map"), join(folder, "node_modules/source-map"));
    const { code, stderr } = await runNode(
      [
        "--require",
        join(pprof, "out/src/time-profiler-bindings.js"),
        "--import",
        registerModule,
        app("life.cjs"),
        "natural",
      ],
      env(),
    ).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^hotspan: another copy of the sampler .* \(HOTSPAN_AGENT_OTHER_PROFILER\)\n$/);
    expect(receiver.windows).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("where somebody else has started the same sampler the agent stands aside", async () => {
  const { code, stderr } = await runNode(
    ["--require", app("own-profiler.cjs"), "--import", registerModule, app("life.cjs"), "natural"],
    env(),
  ).ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^hotspan: another user of @datadog\/pprof .* \(HOTSPAN_AGENT_OTHER_PROFILER\)\n$/);
  expect(receiver.windows).toEqual([]);
});

test("workers are threads of the same instance, and may be terminated at any moment", async () => {
  const { code, stdout, stderr } = await runNode(["--import", registerModule, app("workers.cjs")], {
    ...env(),
    HOTSPAN_WINDOW_MS: "500",
  }).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  const threads = new Set(receiver.windows.map(({ header }) => header.threadId));
  // The main thread and the workers that end by themselves, at least; what a terminated one had not sent is lost.
  expect(threads.size).toBeGreaterThanOrEqual(3);
  expect(new Set(receiver.windows.map(({ header }) => header.instance)).size).toBe(1);
  // Each counts its own windows.
  for (const thread of threads) {
    expectComplete(receiver.windows.filter(({ header }) => header.threadId === thread));
  }
  expect(labelsOf("spin").filter((label) => label === undefined)).toEqual([]);
});
