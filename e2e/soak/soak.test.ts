// An agent that is stopped, started and reconfigured under load: every request is answered, every window comes, nothing grows.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tableOf } from "./report.ts";
import { soak } from "./soak.ts";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";
/** One round of all changes on one version, or two hours on all. */
const minutes = Number(process.env["HOTSPAN_SOAK_MINUTES"] ?? (nightly ? 120 : 0));

test("a service under load does not notice what is done to its agent, and neither do its windows", {
  timeout: (minutes + 15) * 60_000,
}, async () => {
  const result = await soak({
    minutes,
    stepSeconds: minutes < 10 ? 2 : 6,
    requestsPerSecond: 20,
    nodes: minutes === 0 ? [24] : [22, 24, 26],
    incarnations: minutes < 30 ? 1 : 3,
    control: minutes > 0,
    progress: (text) => console.log(text),
  });
  console.log(tableOf(result));
  if (nightly) {
    writeFileSync(join(import.meta.dirname, "results.json"), `${JSON.stringify(result, undefined, 2)}\n`);
    writeFileSync(join(import.meta.dirname, "results.md"), `${tableOf(result)}\n`);
  }
  expect(result.wrong).toEqual([]);
  for (const { agent, arrived, changes } of result.incarnations) {
    expect(changes).toBeGreaterThanOrEqual(10);
    if (agent) expect(arrived?.windows).toBeGreaterThan(10);
  }
});
