import { expect, test } from "vitest";
import { isPackageManager, missingVariables, withVariables } from "./environment.ts";

const config = { endpoint: "http://127.0.0.1:4318", token: undefined };
const quiet = { OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" };
const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces" };

test.for<[NodeJS.ProcessEnv, typeof config | { endpoint: string; token: string }, object]>([
  [{}, config, { ...quiet, ...traces }],
  [{ OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "console" }, config, traces],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, config, quiet],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector/traces" }, config, quiet],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, config, quiet],
  [
    {},
    { ...config, token: "a b" },
    { ...quiet, ...traces, OTEL_EXPORTER_OTLP_TRACES_HEADERS: "authorization=Bearer%20a%20b" },
  ],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "x=y" }, { ...config, token: "a" }, { ...quiet, ...traces }],
  // Our token is not for others.
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, { ...config, token: "a" }, quiet],
])("with %j set, and %j, the SDK lacks %j", ([env, settings, missing]) => {
  expect(missingVariables(env, settings)).toEqual(missing);
});

test("variables are set for a moment only", () => {
  process.env["HOTSPAN_TEST_KEPT"] = "before";
  expect(
    withVariables({ HOTSPAN_TEST_KEPT: "now", HOTSPAN_TEST_NEW: "now" }, () => [
      process.env["HOTSPAN_TEST_KEPT"],
      process.env["HOTSPAN_TEST_NEW"],
    ]),
  ).toEqual(["now", "now"]);
  expect([process.env["HOTSPAN_TEST_KEPT"], process.env["HOTSPAN_TEST_NEW"]]).toEqual(["before", undefined]);
  delete process.env["HOTSPAN_TEST_KEPT"];
});

test.for([
  ["/usr/bin/npm", true],
  ["/usr/lib/node_modules/npm/bin/npm-cli.js", true],
  ["/opt/yarn/bin/yarn.js", true],
  ["/home/me/pnpm.cjs", true],
  ["/app/server.js", false],
  ["/app/npm-report.js", false],
  [undefined, false],
] as const)("%s is a package manager: %s", ([program, is]) => {
  expect(isPackageManager(program)).toBe(is);
});
