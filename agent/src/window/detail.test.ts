import { expect, test } from "vitest";
import { SpanBook } from "../otel/span-book.ts";
import type { OtelContext, OtelSpan } from "../otel/types.ts";
import { SPAN_KEY } from "../otel/types.ts";
import { Detail } from "./detail.ts";
import { EndpointBudget } from "./endpoint.ts";
import { LabelTable } from "./label-table.ts";
import { SlowThresholds } from "./latency.ts";

let ids = 0;
/** A recorded span of `millis`; undefined: not ended. */
function span(endpoint: string, millis: number | undefined): OtelSpan {
  const id = (++ids).toString(16).padStart(16, "0");
  return {
    spanContext: () => ({ traceId: id.padStart(32, "a"), spanId: id, traceFlags: 1 }),
    name: endpoint,
    kind: 0,
    attributes: {},
    duration: millis === undefined ? undefined : [Math.floor(millis / 1000), (millis % 1000) * 1e6],
  };
}
const below = (parent?: OtelSpan): OtelContext => ({
  getValue: (key) => (key === SPAN_KEY ? parent : undefined),
  setValue: () => below(),
  deleteValue: () => below(),
});

function world(slowMillis: number | "auto"): {
  readonly table: LabelTable;
  readonly row: (span: OtelSpan) => number;
  readonly root: (endpoint: string, millis: number | undefined) => OtelSpan;
  readonly child: (of: OtelSpan, millis: number) => OtelSpan;
} {
  const book = new SpanBook();
  const detail = new Detail(slowMillis);
  const begin = (one: OtelSpan, parent?: OtelSpan): OtelSpan => {
    book.started(one, below(parent));
    const root = one.duration === undefined ? undefined : book.ended(one);
    if (root !== undefined) detail.rootEnded(root);
    return one;
  };
  const table = new LabelTable(new EndpointBudget(), detail);
  return {
    table,
    row: (one) => table.row(book.of(one)),
    root: (endpoint, millis) => begin(span(endpoint, millis)),
    child: (of, millis) => begin(span("child", millis), of),
  };
}

test("slow requests keep their spans; a fast one is a row without ids, and its stacks are its endpoint's", () => {
  const { table, row, root, child } = world(100);
  const slow = root("search", 150);
  const fast = root("search", 20);
  const rows = [slow, child(slow, 5), fast, child(fast, 20), root("search", 99), root("cart", 1)].map(row);
  expect(rows).toEqual([1, 2, 3, 3, 4, 5]);
  expect(rows.map((row) => table.stackRow(row))).toEqual([1, 2, 3, 3, 3, 5]);
  expect(table.rows).toMatchObject([
    { spanId: slow.spanContext().spanId, endpoint: "search", sampled: true },
    { localRootId: slow.spanContext().spanId, endpoint: "search" },
    { traceId: "", spanId: "", localRootId: "", endpoint: "search", sampled: false },
    { traceId: "", endpoint: "search" },
    { traceId: "", endpoint: "cart" },
  ]);
});

test("what has not ended may become slow and is kept whole; so is a span whose root is unknown", () => {
  const { table, row, root, child } = world(100);
  const open = root("search", undefined);
  row(open);
  row(child(open, 1));
  row(span("stranger", 1));
  expect(table.rows.every(({ traceId }) => traceId !== "")).toBe(true);
});

test("auto: slow is what takes longer than 95 of 100 of the same endpoint, once there were some", () => {
  const { table, row, root } = world("auto");
  // The first are all kept.
  row(root("search", 10));
  expect(table.rows[0]?.traceId).not.toBe("");
  for (let i = 0; i < 200; i++) {
    root("search", 10 + (i % 10));
    root("report", 1000 + (i % 10));
  }
  const kept = [root("search", 12), root("search", 40), root("report", 1005), root("report", 1500)].map(
    (one) => table.rows[row(one) - 1]?.traceId !== "",
  );
  expect(kept).toEqual([false, true, false, true]);
});

test("the threshold lies at most a fifth above the percentile, follows a change, and memory is bounded", () => {
  const thresholds = new SlowThresholds("auto");
  for (let i = 1; i <= 1000; i++) thresholds.ended("a", i);
  expect(thresholds.of("a")).toBeGreaterThanOrEqual(950);
  expect(thresholds.of("a")).toBeLessThan(950 * 1.2);
  for (let i = 0; i < 20_000; i++) thresholds.ended("a", 5);
  expect(thresholds.of("a")).toBeLessThan(6);
  for (let i = 0; i < 5000; i++) thresholds.ended(`endpoint ${i}`, 1);
  for (let i = 0; i < 30; i++) thresholds.ended("late", 100);
  expect(thresholds.of("late")).toBe(thresholds.of("later"));
  expect(thresholds.of("never seen")).toBeLessThan(2);
  for (const odd of [0, 1e-9, 1e12, Number.NaN, -1]) thresholds.ended("odd", odd);
});
