import type { LedgerSpan } from "@hotspan/ledger";
import { describe, expect, test } from "vitest";
import { mergeRanges } from "../db/ledger-data.ts";
import type { SpanCore } from "../db/spans.ts";
import { skewsOf } from "./clocks.ts";
import { toLedgerSpans } from "./spans.ts";
import { ledgerState } from "./answer.ts";

const S = 1_000_000_000n;
const range = (from: bigint, to: bigint, thread = 0) => ({ instance: "a", thread, from, to });

test("stretches of a thread that touch within a second are read as one", () => {
  expect(
    mergeRanges([range(5n * S, 6n * S), range(0n, 2n * S), range(3n * S, 4n * S), range(20n * S, 21n * S)]),
  ).toEqual([range(0n, 6n * S), range(20n * S, 21n * S)]);
  expect(mergeRanges([range(0n, 9n * S), range(2n * S, 3n * S)])).toEqual([range(0n, 9n * S)]);
  expect(mergeRanges([range(0n, S, 0), range(0n, S, 1)])).toHaveLength(2);
});

const core = (spanId: string, over: Partial<SpanCore> = {}): SpanCore => ({
  spanId,
  parentSpanId: "",
  service: "shop",
  name: spanId,
  kind: "internal",
  startUnixNano: 0n,
  durationNano: 1e9,
  instance: undefined,
  thread: undefined,
  host: "h",
  pid: 1,
  endpoint: "",
  unsupported: false,
  attributes: {},
  resource: {},
  ...over,
});

describe("a span that does not name its process", () => {
  const agent = { instance: "b", service: "shop", host: "h", pid: 1, unsupported: false };

  test("gets that of a span of its host and pid, and the main thread", () => {
    const spans = toLedgerSpans("t", [
      core("1", { instance: "a", thread: 2 }),
      core("2"),
      core("3", { pid: 2 }),
    ]);
    expect(spans.map((span) => [span.instance, span.thread])).toEqual([
      ["a", 2],
      ["a", 0],
      [null, null],
    ]);
  });

  test("else that of the one agent seen there, and none where there are two", () => {
    expect(toLedgerSpans("t", [core("1")], [agent])[0]).toMatchObject({ instance: "b", thread: 0 });
    expect(toLedgerSpans("t", [core("1")], [agent, { ...agent, instance: "c" }])[0]!.instance).toBeNull();
    expect(toLedgerSpans("t", [core("1", { host: "" })], [agent])[0]!.instance).toBeNull();
  });
});

describe("clocks", () => {
  const span = (over: Partial<LedgerSpan>): LedgerSpan => ({
    ...toLedgerSpans("t", [core("x")])[0]!,
    ...over,
  });
  const client = span({ spanId: "c", kind: "client", instance: "a", durationNano: 100e6 });
  const server = span({
    spanId: "s",
    parentSpanId: "c",
    kind: "server",
    instance: "b",
    startUnixNano: 40_000_000n,
    durationNano: 80e6,
  });

  test("are one on a host, and bounded by the calls between two", () => {
    const same = skewsOf(
      [client, server],
      new Map([
        ["a", "h"],
        ["b", "h"],
      ]),
    )(client, server);
    expect(same).toMatchObject({ offset: 0, low: 0, high: 0 });
    const apart = skewsOf(
      [client, server],
      new Map([
        ["a", "h"],
        ["b", "other"],
      ]),
    )(client, server)!;
    // Begun 40 ms into the call, ended 20 ms behind it.
    expect(apart.low).toBeCloseTo(19e6);
    expect(apart.high).toBeCloseTo(41e6);
    expect(skewsOf([client], new Map())(client, server)).toBeUndefined();
  });
});

test("the state of a ledger is that of the profile, unless windows say more", () => {
  expect(ledgerState("ready", "ready")).toBe("ready");
  expect(ledgerState("ready", "expired")).toBe("ready");
  expect(ledgerState("ready", "pending")).toBe("pending");
  expect(ledgerState("too_short", "ready")).toBe("too_short");
  expect(ledgerState("no_windows", "ready")).toBe("lost");
  expect(ledgerState("no_windows", "no_agent")).toBe("no_agent");
});
