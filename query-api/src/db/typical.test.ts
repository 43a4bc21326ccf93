import { expect, test } from "vitest";
import { ownSpans } from "./span-table.ts";
import type { Store } from "./store.ts";
import { TypicalDurations } from "./typical.ts";

const S = 1_000_000_000n;
const operation = (name: string) => ({ service: "shop", name, kind: "client" });
const caller = { requestId: "r", signal: new AbortController().signal };

/** Each query answers 5 ms for `SELECT`, and is written down. */
function storeOf(queries: string[]): Store {
  return {
    spans: ownSpans,
    rows: async (_caller: unknown, { text }: { text: string }) => {
      queries.push(text);
      return [["shop", "SELECT", "client", "5000000"]];
    },
  } as unknown as Store;
}

test("operations of the same ten minutes are read once, also those nobody has seen", async () => {
  const queries: string[] = [];
  const store = storeOf(queries);
  const typicals = new TypicalDurations();
  const ask = (names: readonly string[], at: bigint, now = 1e9) =>
    typicals.around(store, caller, names.map(operation), at, now);
  expect([...(await ask(["SELECT", "GET"], 1200n * S))]).toEqual([["shop\0SELECT\0client", 5e6]]);
  expect([...(await ask(["GET", "SELECT"], 1799n * S))]).toEqual([["shop\0SELECT\0client", 5e6]]);
  expect(queries).toHaveLength(1);
  expect(queries[0]).toContain(`fromUnixTimestamp64Nano(${600n * S}, 'UTC')`);
  expect(queries[0]).toContain(`fromUnixTimestamp64Nano(${2400n * S}, 'UTC')`);
  await ask(["SELECT", "PUT"], 1300n * S);
  expect(queries).toHaveLength(2);
  expect(queries[1]).toContain("SpanName IN ('PUT')");
  await ask(["SELECT"], 1800n * S);
  expect(queries).toHaveLength(3);
  expect([...(await ask([], 0n))]).toEqual([]);
  expect(queries).toHaveLength(3);
});

test("ranges that round to the same ten minutes are read once", async () => {
  const queries: string[] = [];
  const store = storeOf(queries);
  const typicals = new TypicalDurations();
  const ask = (from: bigint, to: bigint) =>
    typicals.within(store, caller, [operation("SELECT")], { from: from * S, to: to * S }, 1e9);
  expect([...(await ask(601n, 4799n))]).toEqual([["shop\0SELECT\0client", 5e6]]);
  await ask(600n, 4800n);
  expect(queries).toHaveLength(1);
  expect(queries[0]).toContain(`fromUnixTimestamp64Nano(${600n * S}, 'UTC')`);
  expect(queries[0]).toContain(`fromUnixTimestamp64Nano(${4800n * S}, 'UTC')`);
  await ask(600n, 4801n);
  expect(queries).toHaveLength(2);
});
