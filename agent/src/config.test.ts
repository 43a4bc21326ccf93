import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type AgentOptions, DEFAULT_ENDPOINT, readConfig } from "./config.ts";

let stderr: string[] = [];
beforeEach(() => {
  stderr = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

test("without options and environment the defaults hold", () => {
  expect(readConfig({}, {})).toMatchObject({
    enabled: true,
    hz: 99,
    windowMillis: 10_000,
    endpoint: DEFAULT_ENDPOINT,
    endpointGiven: false,
    kafkaBrokers: [],
    quietLoop: true,
    journal: true,
    queueBytes: 8 * 1024 * 1024,
  });
});

test("an option beats the environment, but nothing beats the kill switch", () => {
  expect(readConfig({ hz: 50 }, { HOTSPAN_HZ: "20" }).hz).toBe(50);
  expect(readConfig({ enabled: true }, { HOTSPAN_ENABLED: "off" }).enabled).toBe(false);
  expect(readConfig({ enabled: false }, { HOTSPAN_ENABLED: "on" }).enabled).toBe(false);
});

test("a misspelt variable is named once", () => {
  const misspelt = { HOTSPAN_ENDPIONT: "http://x", HOTSPAN_SERVICE_HOST: "10.0.0.1" };
  expect(readConfig({}, misspelt)).toEqual(readConfig({}, misspelt));
  expect(stderr).toEqual([
    "hotspan: HOTSPAN_ENDPIONT is no variable of Hotspan: is HOTSPAN_ENDPOINT meant? (HOTSPAN_AGENT_BAD_OPTION)\n",
  ]);
});

test("a bad value is named once and the default taken", () => {
  const config = readConfig(
    {},
    { HOTSPAN_WINDOW_MS: "soon", HOTSPAN_JOURNAL: "maybe", HOTSPAN_ENDPOINT: "x:1" },
  );
  readConfig({}, { HOTSPAN_WINDOW_MS: "soon" });
  expect(config).toMatchObject({ windowMillis: 10_000, journal: true, endpoint: DEFAULT_ENDPOINT });
  expect(stderr).toEqual([
    'hotspan: HOTSPAN_ENDPOINT="x:1" ignored: expected an http:// or https:// URL (HOTSPAN_AGENT_BAD_OPTION)\n',
    'hotspan: HOTSPAN_WINDOW_MS="soon" ignored: expected a number from 500 to 30000 (HOTSPAN_AGENT_BAD_OPTION)\n',
    'hotspan: HOTSPAN_JOURNAL="maybe" ignored: expected on or off (HOTSPAN_AGENT_BAD_OPTION)\n',
  ]);
});

test("blank is not set, no is off, and nothing that is given makes it throw", () => {
  const env = { HOTSPAN_EXIT_MS: " ", HOTSPAN_LOG: " ", HOTSPAN_ENABLED: "no", HOTSPAN_HEAP: "Yes" };
  expect(readConfig({}, env)).toMatchObject({ exitMillis: 500, verbose: false, enabled: false, heap: true });
  expect(stderr).toEqual([]);
  const wrong = { endpoint: 5, budget: 7, mode: false, proxy: {}, hz: 10_000n, serviceName: null };
  expect(readConfig(wrong as unknown as AgentOptions, { HOTSPAN_LOG: "verbose" })).toMatchObject({
    endpoint: DEFAULT_ENDPOINT,
    mode: "continuous",
    hz: 99,
    verbose: false,
  });
  expect(stderr).toHaveLength(6);
  expect(stderr.at(-1)).toContain('HOTSPAN_LOG="verbose" ignored: expected debug');
});

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" }, "http://collector:4318"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.example/base" }, "https://otlp.example/base"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4317" }, DEFAULT_ENDPOINT],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, DEFAULT_ENDPOINT],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, DEFAULT_ENDPOINT],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", HOTSPAN_ENDPOINT: "http://h:1" }, "http://h:1"],
])("%j sends to %s", (env, endpoint) => {
  expect(readConfig({}, env).endpoint).toBe(endpoint);
});

test("resource attributes come percent-encoded, and OTEL_SERVICE_NAME wins", () => {
  const { resource } = readConfig(
    {},
    { OTEL_RESOURCE_ATTRIBUTES: "service.name=a,service.version=1%2C0,broken,x=%zz", OTEL_SERVICE_NAME: "b" },
  );
  expect(resource).toEqual({ "service.name": "b", "service.version": "1,0", x: "%zz" });
});
