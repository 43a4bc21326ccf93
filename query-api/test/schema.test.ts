// Each view comes with an example that runs as it stands in the SQL editor.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi } from "./support/api.ts";
import { writeStory } from "./support/story.ts";

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(async () => {
  await store?.close();
});

interface View {
  readonly name: string;
  readonly comment: string;
  readonly params: readonly { readonly name: string }[];
  readonly example: string;
}

/** Rows that the example of each view has. */
async function examples(now: () => number): Promise<ReadonlyMap<string, number>> {
  const api = await startApi(store, { now });
  try {
    const { body } = await api.get("/api/v1/schema");
    const rows = new Map<string, number>();
    for (const { name, comment, params, example } of body.views as readonly View[]) {
      expect(params.filter((param) => !example.includes(`${param.name} = `))).toEqual([]);
      expect(comment).not.toBe("");
      const answer = await api.post("/api/v1/sql", { query: example });
      expect(answer.status, `${example}: ${JSON.stringify(answer.body)}`).toBe(200);
      rows.set(name, answer.body.rowCount);
    }
    return rows;
  } finally {
    await api.close();
  }
}

const views = [
  "cpu_per_1000_requests",
  "endpoint_hotspots",
  "flamegraph",
  "loop_blame",
  "slow_spans",
  "span_profile",
  "trace_profile",
];

test("on an empty store they find nothing", async () => {
  expect([...(await examples(Date.now))]).toEqual(views.map((name) => [name, 0]));
});

test("where there are samples they are about them, however old these are", async () => {
  await writeStory(store);
  const hours = 3_600_000;
  for (const now of [Date.now, () => Date.now() + 5 * hours]) {
    const rows = await examples(now);
    // The story's windows have no journal.
    expect([...rows].filter(([, count]) => count === 0)).toEqual([["loop_blame", 0]]);
  }
});
