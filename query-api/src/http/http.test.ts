import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { ConfigError, configFromEnv, isLoopback, resolveConfig } from "../config.ts";
import { hostCheck, tokenCheck } from "./security.ts";
import { withBase } from "./ui.ts";

const clickhouse = { url: "http://127.0.0.1:8123", user: "reader", password: "" };
const request = (headers: object): FastifyRequest => ({ headers }) as FastifyRequest;

test("only loopback may be served without a token", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
    expect(isLoopback(host)).toBe(true);
    expect(resolveConfig({ host, clickhouse }).host).toBe(host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "example.org"]) {
    expect(isLoopback(host)).toBe(false);
    expect(() => resolveConfig({ host, clickhouse })).toThrow(ConfigError);
    expect(() => resolveConfig({ host, clickhouse, token: "" })).toThrow(ConfigError);
    expect(resolveConfig({ host, clickhouse, token: "t" }).token).toBe("t");
  }
});

test.each([
  {},
  { HOTSPAN_CLICKHOUSE_URL: "http://x", HOTSPAN_PORT: "x" },
  { HOTSPAN_CLICKHOUSE_URL: "http://x", HOTSPAN_LOG_LEVEL: "loud" },
])("environment %j is refused", (env) => {
  expect(() => configFromEnv(env)).toThrow(ConfigError);
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

test("a token is compared whole", () => {
  const check = tokenCheck("s3cret");
  expect(() => check(request({ authorization: "Bearer s3cret" }))).not.toThrow();
  expect(() => check(request({ authorization: "bearer s3cret" }))).not.toThrow();
  for (const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer s3cre",
    "Bearer s3crets",
    "Basic s3cret",
    "s3cret",
  ])
    expect(() => check(request({ authorization }))).toThrow(
      expect.objectContaining({ code: "unauthorized" }) as Error,
    );
});

test("the page gets its base path", () => {
  expect(withBase("<html><head><title>x</title>", "/hot")).toBe(
    '<html><head><base href="/hot/"><title>x</title>',
  );
  expect(withBase("<head>", "")).toBe('<head><base href="/">');
});
