import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createMetrics, type Gauges } from "./metrics.ts";

const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
const gauges: Gauges = {
  logBytes: () => 1,
  logRecords: () => 2,
  logDamaged: () => 0,
  partitions: () => [],
  ready: () => true,
  isFull: () => false,
  deletionsOpen: () => 0,
  storeBytes: () => 3,
  freeBytes: () => 4,
};
const section = (title: string): string[] =>
  page
    .split(/^## /m)
    .filter((one) => one.startsWith(title))
    .flatMap((one) => [...one.matchAll(/^\| (`\w+` \| \w+ \| [^|]*)\|/gm)].map(([, row]) => row!.trim()));

test("docs/metrics.md names every metric of the correlator with type and labels, and no other", async () => {
  const { registry } = createMetrics(gauges);
  const exported = (await registry.getMetricsAsJSON()).map(({ name, type }) => {
    const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
    return `\`${name}\` | ${type} | ${labelNames.join(", ")}`.replace(/ $/, "");
  });
  const own = exported.filter((row) => row.startsWith("`hotspan_"));
  expect(section("Correlator").toSorted()).toEqual(own.toSorted());
  const others = exported.filter((row) => !own.includes(row));
  expect(others.filter((row) => !/^`(process|nodejs)_/.test(row))).toEqual([]);
  expect(others).toEqual(expect.arrayContaining(section("Both")));
});

test("a partition shows where it stands, and is gone with its owner", async () => {
  let partitions = [{ topic: "t", partition: 3, state: "retrying" as const, lagRecords: 7, lagMs: 1500 }];
  const { registry } = createMetrics({ ...gauges, partitions: () => partitions, ready: () => false });
  const text = await registry.metrics();
  expect(text).toContain('hotspan_correlator_lag_records{topic="t",partition="3"} 7\n');
  expect(text).toContain('hotspan_correlator_lag_seconds{topic="t",partition="3"} 1.5\n');
  expect(text).toContain('hotspan_correlator_partition_state{topic="t",partition="3",state="retrying"} 1\n');
  expect(text).toContain('hotspan_correlator_partition_state{topic="t",partition="3",state="idle"} 0\n');
  expect(text).toContain("hotspan_correlator_ready 0\n");
  partitions = [];
  expect(await registry.metrics()).not.toContain('topic="t"');
});
