import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Metrics } from "./metrics.ts";

const page = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");

test("docs/metrics.md names every metric of the query API with type and labels, and no other", async () => {
  const section = page.split(/^## /m).find((one) => one.startsWith("Query API")) ?? "";
  const documented = [...section.matchAll(/^\| (`\w+` \| \w+ \| [^|]*)\|/gm)].map(([, row]) => row!.trim());
  const { registry } = new Metrics();
  const exported = (await registry.getMetricsAsJSON()).map(({ name, type }) => {
    const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
    return `\`${name}\` | ${type} | ${labelNames.join(", ")}`.replace(/ $/, "");
  });
  expect(documented.toSorted()).toEqual(exported.filter((row) => row.startsWith("`hotspan_")).toSorted());
  expect(exported.filter((row) => !/^`(hotspan_query_api|process|nodejs)_/.test(row))).toEqual([]);
});
