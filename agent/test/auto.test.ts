import { cp, mkdtemp, rm, symlink, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { fixture } from "./support/fixture.ts";
import { Receiver } from "./support/receiver.ts";
import { agentFolder, app, repository, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

const autoModule = join(agentFolder, "lib/auto.mjs");
const autoCommonJs = join(agentFolder, "lib/auto.cjs");

const receiver = Receiver.each();

const env = (): Record<string, string> => ({
  HOTSPAN_ENDPOINT: receiver.url,
  OTEL_SERVICE_NAME: "plain",
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
  // As users have it; the test's own defaults are others.
  OTEL_METRICS_EXPORTER: "",
  OTEL_LOGS_EXPORTER: "",
});

/** The labels of the ticks in `spin`. */
const spins = () =>
  receiver.windows.flatMap((window) =>
    tickStacks(window).flatMap((stack, index) =>
      stack.includes("spin") ? [window.labels[(window.ticks.label[index] as number) - 1]] : [],
    ),
  );

const otel3 = fixture("otel3-auto");
const programs = [
  { otel: "2.x", folder: app("") },
  ...(otel3 === undefined ? [] : [{ otel: "3.x", folder: otel3 }]),
];
const ways = programs.flatMap(({ otel, folder }) =>
  runtimes.flatMap(({ major, binary }) => [
    {
      how: `ES modules, --import, OpenTelemetry ${otel}, Node ${major}`,
      args: ["--import", autoModule, join(folder, "plain.mjs")],
      binary,
    },
    {
      how: `CommonJS, --require, OpenTelemetry ${otel}, Node ${major}`,
      args: ["--require", autoCommonJs, join(folder, "plain.cjs")],
      binary,
    },
  ]),
);

test.for(
  runtimes.flatMap(({ major, binary }) =>
    [["-e"], ["-p"], ["--eval"], ["--input-type=module", "-e"]].flatMap((how) =>
      [
        ["--require", autoCommonJs],
        ["--import", autoModule],
      ].map((preload) => ({ major, binary, preload, how, flags: [preload[0], ...how].join(" ") })),
    ),
  ),
)("text runs as without the agent: Node $major, $flags", async ({ binary, preload, how }) => {
  const { code, stderr } = await runNode([...preload, ...how, "process.exitCode = 7"], env(), binary).ended;
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
});

test.for(ways)(
  "a program without OpenTelemetry gets spans and labelled samples: $how",
  async ({ args, binary }) => {
    const { code, stdout, stderr } = await runNode(args, { ...env(), HOTSPAN_TOKEN: "se cret" }, binary)
      .ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "served\n", stderr: "" });
    // One server and one client span a request, and none of the agent's own traffic.
    expect(receiver.spans.filter(({ kind }) => kind === 2)).toHaveLength(10);
    expect(receiver.spans).toHaveLength(20);
    for (const { authorization } of receiver.traceHeaders) expect(authorization).toBe("Bearer se cret");
    expect(new Set(receiver.spans.map(({ service }) => service))).toEqual(new Set(["plain"]));
    const [window = expect.unreachable()] = receiver.windows;
    expect(window.header.resource["service.name"]).toBe("plain");
    for (const { attributes } of receiver.spans)
      expect(attributes).toContainEqual({
        key: "hotspan.instance",
        value: { stringValue: window.header.instance },
      });
    const labels = spins();
    const server = new Set(receiver.spans.filter(({ kind }) => kind === 2).map(({ spanId }) => spanId));
    expect(labels.length).toBeGreaterThan(20);
    expect(labels.filter((label) => label === undefined || !server.has(label.spanId))).toEqual([]);
  },
);

test("SIGTERM sends the spans that wait, and the process dies of it as before", async () => {
  const child = runNode(["--import", autoModule, app("plain.mjs"), "stay"], env());
  await child.printed(/served/);
  child.process.kill();
  const { code, signal, stderr } = await child.ended;
  expect({ code, signal, stderr }).toEqual({ code: null, signal: "SIGTERM", stderr: "" });
  expect(receiver.spans).toHaveLength(20);
});

test.for(runtimes)(
  "the application's own SDK takes its place, with one line: Node $major",
  async ({ binary }) => {
    const child = runNode(["--import", autoModule, app("server.cjs")], env(), binary);
    const [, port] = await child.printed(/PORT (\d+)/);
    for (let i = 0; i < 10; i++) await (await fetch(`http://127.0.0.1:${port}/jobs/${i}`)).text();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const spans = (await (await fetch(`http://127.0.0.1:${port}/spans`)).json()) as {
      readonly name: string;
      readonly kind: number;
      readonly spanId: string;
      readonly attributes: object;
    }[];
    child.process.kill();
    const { signal, stderr } = await child.ended;
    expect(signal).toBe("SIGTERM");
    expect(stderr).toMatch(/^hotspan: a tracer provider was registered by the application.*OWN_SDK\)\n$/);
    // Theirs and no others, each once.
    expect(receiver.spans).toEqual([]);
    expect(spans.filter(({ kind }) => kind === 1)).toHaveLength(10);
    const work = new Set(spans.filter(({ name }) => name === "work").map(({ spanId }) => spanId));
    expect(work.size).toBe(10);
    const [window = expect.unreachable()] = receiver.windows;
    expect(window.header.resource["service.name"]).toBe("test-server");
    for (const { attributes } of spans)
      expect(attributes).toMatchObject({ "hotspan.instance": window.header.instance });
    const labels = spins();
    expect(labels.length).toBeGreaterThan(20);
    expect(labels.filter((label) => label === undefined || !work.has(label.spanId))).toEqual([]);
  },
);

test.skipIf(otel3 === undefined)("the application's own SDK of 3.x takes its place, too", async () => {
  const { code, stdout, stderr } = await runNode(
    ["--import", autoModule, join(otel3 ?? "", "own-sdk.mjs")],
    env(),
  ).ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^hotspan: a tracer provider was registered by the application.*OWN_SDK\)\n$/);
  expect(receiver.spans).toEqual([]);
  const spans = JSON.parse(stdout) as { readonly spanId: string; readonly attributes: object }[];
  expect(spans).toHaveLength(10);
  const [window = expect.unreachable()] = receiver.windows;
  expect(window.header.resource["service.name"]).toBe("own");
  for (const { attributes } of spans)
    expect(attributes).toMatchObject({ "hotspan.instance": window.header.instance });
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const labels = spins();
  expect(labels.length).toBeGreaterThan(20);
  expect(labels.filter((label) => label === undefined || !ids.has(label.spanId))).toEqual([]);
});

test("an SDK that was there before stays, with one line", async () => {
  const first = join(
    repository,
    "node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js",
  );
  const { code, stderr } = await runNode(["--require", first, "--import", autoModule, app("plain.cjs")], {
    ...env(),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
    OTEL_NODE_RESOURCE_DETECTORS: "none",
  }).ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^hotspan: a tracer provider was registered before: .*OWN_SDK\)\n$/);
  expect(spins().filter((label) => label === undefined)).toEqual([]);
  expect(receiver.spans.filter(({ kind }) => kind === 2)).toHaveLength(10);
});

test("with nothing to bring it says what to install, and the program runs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-auto-"));
  try {
    const own = join(folder, "node_modules/@hotspan/agent");
    for (const name of ["lib", "prebuilds", "package.json"])
      await cp(join(agentFolder, name), join(own, name), { recursive: true });
    await mkdir(join(folder, "node_modules/@datadog"));
    await symlink(
      join(repository, "node_modules/@datadog/pprof"),
      join(folder, "node_modules/@datadog/pprof"),
    );
    await cp(app("plain.mjs"), join(folder, "plain.mjs"));
    const child = runNode(
      ["--import", join(own, "lib/auto.mjs"), join(folder, "plain.mjs")],
      env(),
      process.execPath,
      folder,
    );
    const { code, stdout, stderr } = await child.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "served\n" });
    expect(stderr).toMatch(
      /^hotspan: .*npm install @opentelemetry\/auto-instrumentations-node .*SDK_UNAVAILABLE\)\n$/,
    );
    expect(receiver.windows).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("HOTSPAN_ENABLED=off brings no SDK either", async () => {
  const { code, stdout, stderr } = await runNode(["--import", autoModule, app("plain.mjs")], {
    ...env(),
    HOTSPAN_ENABLED: "off",
  }).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "served\n", stderr: "" });
  expect(receiver.spans).toEqual([]);
  expect(receiver.requests).toEqual([]);
});
