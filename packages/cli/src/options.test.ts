import { expect, test } from "vitest";
import {
  checkUp,
  clickHouseFromEnv,
  parseBrokers,
  parseClickHouse,
  parsePort,
  parseSize,
  type UpOptions,
} from "./options.ts";

const options: UpOptions = { host: "127.0.0.1", port: 4600, ingestPort: 4318, data: "/tmp/data" };

test("ports are 0 to 65535", () => {
  expect(parsePort("0")).toBe(0);
  expect(parsePort("65535")).toBe(65_535);
  for (const bad of ["65536", "-1", "http", "", "80.5", "0x50"])
    expect(() => parsePort(bad)).toThrow(/A port is/);
});

test("a size has a unit, unless it is plainly in bytes", () => {
  expect([parseSize("20GB"), parseSize("1kB"), parseSize("20000000000")]).toEqual([2e10, 1000, 2e10]);
  for (const bad of ["20", "0", "", "-5GB", "lots"]) expect(() => parseSize(bad)).toThrow(/with a unit/);
});

test("a ClickHouse URL carries user, password and database", () => {
  expect(parseClickHouse("http://ann:p%40ss@ch:8123/traces")).toEqual({
    url: "http://ch:8123",
    user: "ann",
    password: "p@ss",
    database: "traces",
  });
  expect(parseClickHouse("https://ch.example.com:8443")).toEqual({
    url: "https://ch.example.com:8443",
    user: "default",
    password: "",
    database: "hotspan",
  });
  expect(() => parseClickHouse("ch:9000")).toThrow(/http or https/);
  expect(() => parseClickHouse("nonsense")).toThrow(/must read/);
  expect(() => parseClickHouse("http://ch:8123/a/b")).toThrow(/database's name/);
  expect(() => parseClickHouse("http://ann:50%off@ch:8123/a")).toThrow(/%25/);
});

test("the environment says which ClickHouse when no option does", () => {
  const HOTSPAN_CLICKHOUSE_URL = "http://ch:8123";
  expect(clickHouseFromEnv({ HOTSPAN_CLICKHOUSE_URL })).toEqual(parseClickHouse(HOTSPAN_CLICKHOUSE_URL));
  expect(
    clickHouseFromEnv({
      HOTSPAN_CLICKHOUSE_URL,
      HOTSPAN_CLICKHOUSE_USER: "ann",
      HOTSPAN_CLICKHOUSE_PASSWORD: "secret",
      HOTSPAN_CLICKHOUSE_DATABASE: "traces",
    }),
  ).toEqual({ url: "http://ch:8123", user: "ann", password: "secret", database: "traces" });
  expect(() => clickHouseFromEnv({})).toThrow(/--clickhouse/);
  expect(() => clickHouseFromEnv({ HOTSPAN_CLICKHOUSE_URL: "ch" })).toThrow(
    /HOTSPAN_CLICKHOUSE_URL: It must read/,
  );
});

test("brokers are host:port, separated by commas", () => {
  expect(parseBrokers("a:9092, b.example:9093")).toBe("a:9092,b.example:9093");
  expect(parseBrokers("[::1]:9092")).toBe("[::1]:9092");
  for (const bad of ["a", "a:", ":9092", "a:9092,", "a:9092 b:9092", "a:0", "a:65536"])
    expect(() => parseBrokers(bad)).toThrow(/host:port/);
});

test("only loopback addresses go without a token", () => {
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com"]) {
    const open = { ...options, host };
    expect(() => checkUp(open, {})).toThrow(/HOTSPAN_TOKEN/);
    expect(() => checkUp(open, { token: "", tokensFile: "/nowhere/tokens.json" })).toThrow(/HOTSPAN_TOKEN/);
    expect(() => checkUp(open, { token: "secret" })).not.toThrow();
    expect(() => checkUp({ ...open, insecureNoToken: true }, {})).not.toThrow();
  }
  for (const host of ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
    expect(() => checkUp({ ...options, host }, {})).not.toThrow();
});

test("the two ports must differ, unless both are to be chosen", () => {
  expect(() => checkUp({ ...options, ingestPort: 4600 }, {})).toThrow(/must differ/);
  expect(() => checkUp({ ...options, port: 0, ingestPort: 0 }, {})).not.toThrow();
});
