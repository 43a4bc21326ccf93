import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule } from "./support/runtimes.ts";

const receiver = Receiver.each();

// Such hosts are not at hand: the process has their marks.
test.for([
  { host: "lambda", line: "AWS Lambda freezes the process between requests; the agent is off" },
  { host: "bun", line: "Bun has no V8 sampler; the agent is off" },
  { host: "deno", line: "Deno cannot load the sampler; the agent is off" },
  { host: "windows", line: "on Windows the sampler cannot tell which span was active; the agent is off" },
  { host: "old", line: "Node.js 20.19.0 is too old; the agent needs 22.15 or newer and is off" },
])("on $host it says one line and is off, and the exit code stays", async ({ host, line }) => {
  const { code, stderr } = await runNode(
    ["--require", app("host.cjs"), "--import", registerModule, app("life.cjs"), "exit"],
    {
      HOTSPAN_ENDPOINT: receiver.url,
      TEST_HOST: host,
      ...(host === "lambda" ? { AWS_LAMBDA_FUNCTION_NAME: "resize" } : {}),
    },
  ).ended;
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: `hotspan: ${line} (HOTSPAN_AGENT_HOST_UNSUPPORTED)\n`,
  });
  expect(receiver.windows).toEqual([]);
});

test("in a program without OpenTelemetry it says at debug level what it waits for", async () => {
  const text = ["--import", registerModule, "-e", "process.exitCode = 7"];
  const { code, stderr } = await runNode(text, { HOTSPAN_LOG: "debug" }).ended;
  expect({ code, stderr }).toEqual({
    code: 7,
    stderr: "hotspan: waits for an OpenTelemetry tracer provider; nothing is sampled before\n",
  });
});

test("the settings in force are shown at debug level, without the token; what makes no sense is named", async () => {
  const { code, stderr } = await runNode(["--import", registerModule, app("life.cjs"), "natural"], {
    HOTSPAN_ENDPOINT: receiver.url,
    HOTSPAN_LOG: "debug",
    HOTSPAN_TOKEN: "secret",
    HOTSPAN_HZ: "5000",
    HOTSPAN_DETAIL: "slow",
    HOTSPAN_MODE: "always",
    HOTSPAN_SOURCE_MAPS: "perhaps",
  }).ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain("secret");
  const bad = stderr.split("\n").filter((line) => line.includes("HOTSPAN_AGENT_BAD_OPTION"));
  expect(bad).toEqual([
    'hotspan: HOTSPAN_HZ="5000" ignored: expected a number from 1 to 1000 (HOTSPAN_AGENT_BAD_OPTION)',
    'hotspan: HOTSPAN_MODE="always" ignored: expected continuous, amortised, on-demand (HOTSPAN_AGENT_BAD_OPTION)',
    'hotspan: HOTSPAN_SOURCE_MAPS="perhaps" ignored: expected on or off (HOTSPAN_AGENT_BAD_OPTION)',
  ]);
  const shown: unknown = JSON.parse(/^hotspan: settings (.*)$/m.exec(stderr)?.[1] ?? "{}");
  expect(shown).toMatchObject({
    hz: 99,
    token: "(set)",
    endpoint: receiver.url,
    mode: "continuous",
    detail: "slow",
    slowMillis: "auto",
    sourceMaps: true,
  });
});
