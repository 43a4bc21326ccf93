import { expect, test } from "vitest";
import { configFromEnvironment } from "./config.ts";

test("shards are a list of servers in their order", () => {
  const shards = "http://one:8123, http://two:8123";
  expect(configFromEnvironment({ HOTSPAN_CLICKHOUSE_SHARDS: shards }).clickhouse.shards).toEqual([
    "http://one:8123",
    "http://two:8123",
  ]);
  expect(configFromEnvironment({ HOTSPAN_CLICKHOUSE_SHARDS: "" }).clickhouse.shards).toBeUndefined();
});

test.each(["http://one:8123", "one:8123,two:8123", "http://one:8123,", "http://one:8123,http://one:8123"])(
  "%s is no list of shards",
  (shards) => {
    expect(() => configFromEnvironment({ HOTSPAN_CLICKHOUSE_SHARDS: shards })).toThrow(
      expect.objectContaining({ code: "HOTSPAN_CORRELATOR_BAD_CONFIG" }),
    );
  },
);

test("a level of the log is one of pino's; an empty one is none", () => {
  expect(configFromEnvironment({ HOTSPAN_LOG_LEVEL: "warn" }).logLevel).toBe("warn");
  expect(configFromEnvironment({ HOTSPAN_LOG_LEVEL: "" }).logLevel).toBeUndefined();
  expect(() => configFromEnvironment({ HOTSPAN_LOG_LEVEL: "loud" })).toThrow(
    expect.objectContaining({ code: "HOTSPAN_CORRELATOR_BAD_CONFIG" }),
  );
});
