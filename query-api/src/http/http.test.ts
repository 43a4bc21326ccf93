import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { ConfigError, configFromEnv, resolveConfig } from "../config.ts";
import { hostCheck } from "./security.ts";
import { withBase } from "./ui-files.ts";

const clickhouse = { url: "http://127.0.0.1:8123", user: "reader", password: "" };
const request = (headers: object): FastifyRequest => ({ headers }) as FastifyRequest;

test("only loopback may be served without a token", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
    expect(resolveConfig({ host, clickhouse }).host).toBe(host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "example.org"]) {
    expect(() => resolveConfig({ host, clickhouse })).toThrow(ConfigError);
    expect(() => resolveConfig({ host, clickhouse, token: "" })).toThrow(ConfigError);
    expect(() => resolveConfig({ host, clickhouse, tokensFile: "/nowhere/tokens.json" })).toThrow(
      ConfigError,
    );
    expect(resolveConfig({ host, clickhouse, token: "t" }).token).toBe("t");
    expect(resolveConfig({ host, clickhouse, insecureNoToken: true }).host).toBe(host);
  }
});

test.each([
  {},
  { HOTSPAN_CLICKHOUSE_URL: "http://x", HOTSPAN_PORT: "x" },
  { HOTSPAN_CLICKHOUSE_URL: "http://x", HOTSPAN_LOG_LEVEL: "loud" },
])("environment %j is refused", (env) => {
  expect(() => configFromEnv(env)).toThrow(ConfigError);
});

test("empty variables count as not set", () => {
  const set = { HOTSPAN_CLICKHOUSE_URL: "http://x" };
  const empty = { ...set, HOTSPAN_LOG_LEVEL: "", HOTSPAN_CLICKHOUSE_USER: "", HOTSPAN_PORT: "" };
  expect(configFromEnv(empty)).toEqual(configFromEnv(set));
});

test.each([
  ["127.0.0.1:4600", undefined, true],
  ["localhost", undefined, true],
  ["[::1]:4600", undefined, true],
  ["app.localhost:1", undefined, true],
  ["hotspan.internal:4600", undefined, true],
  ["evil.example", undefined, false],
  ["127.0.0.1.evil.example", undefined, false],
  ["localhost@evil.example", undefined, false],
  ["evil.example#localhost", undefined, false],
  [undefined, undefined, false],
  ["127.0.0.1:4600", "http://127.0.0.1:4600", true],
  ["127.0.0.1:4600", "http://localhost:5173", true],
  ["127.0.0.1:4600", "https://evil.example", false],
  ["127.0.0.1:4600", "null", false],
  ["127.0.0.1:4600", "file://localhost", false],
])("Host %s, Origin %s: %s", (host, origin, allowed) => {
  const check = hostCheck(resolveConfig({ clickhouse, allowedHosts: ["hotspan.internal"] }));
  const act = (): void => check(request({ host, origin }));
  if (allowed) expect(act).not.toThrow();
  else expect(act).toThrow(expect.objectContaining({ code: "forbidden" }) as Error);
});

test("on a public address with a token any name is served, to its own pages only", () => {
  const check = hostCheck(resolveConfig({ host: "0.0.0.0", token: "t", clickhouse }));
  expect(() => check(request({ host: "hotspan.example", origin: "https://hotspan.example" }))).not.toThrow();
  expect(() => check(request({ host: "hotspan.example", origin: "https://other.example" }))).toThrow();
  expect(() => check(request({ host: "hotspan.example", origin: "http://localhost" }))).toThrow();
});

test("on a public address without a token only addresses are served: a name could be anybody's", () => {
  const check = hostCheck(resolveConfig({ host: "0.0.0.0", insecureNoToken: true, clickhouse }));
  for (const host of ["10.0.0.7:4600", "[fd00::7]:4600", "localhost:4600"])
    expect(() => check(request({ host, origin: `http://${host}` }))).not.toThrow();
  for (const host of ["hotspan.example", "10.0.0.7.evil.example", "evil.localhost.example"])
    expect(() => check(request({ host }))).toThrow();
  expect(() => check(request({ host: "10.0.0.7:4600", origin: "http://203.0.113.5" }))).toThrow();
});

test("the page gets its base path", () => {
  expect(withBase("<html><head><title>x</title>", "/hot")).toBe(
    '<html><head><base href="/hot/"><title>x</title>',
  );
  expect(withBase("<head>", "")).toBe('<head><base href="/">');
});
