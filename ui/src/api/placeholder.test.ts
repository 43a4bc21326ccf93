import { expect, test } from "vitest";
import { rootCauseQuery } from "./ledger-queries.ts";
import { deploysQuery, fleetQuery, heatmapQuery, tracesQuery } from "./queries.ts";

/** What is shown of an earlier question's answer while the next is on its way. */
function shown(next: { readonly placeholderData?: unknown }, earlierKey: readonly unknown[]): unknown {
  const placeholder = next.placeholderData as (before: unknown, query: object) => unknown;
  return placeholder("old", { queryKey: earlierKey });
}

test("an operation's root cause does not stand under another's name", () => {
  const of = (operation: string, slow?: object) =>
    rootCauseQuery({ service: "checkout", operation, ...(slow === undefined ? {} : { slow }) });
  expect(shown(of("GET /cart"), of("POST /orders").queryKey)).toBeUndefined();
  expect(shown(of("GET /cart"), rootCauseQuery(undefined).queryKey)).toBeUndefined();
  expect(shown(of("GET /cart", { percentile: 99 }), of("GET /cart").queryKey)).toBe("old");
});

test("nor do its traces, its heatmap, its deploys, its agents", () => {
  const [cart, orders] = [
    { service: "checkout", operation: "GET /cart", from: 1, to: 2 },
    { service: "checkout", operation: "POST /orders", from: 1, to: 2 },
  ];
  expect(shown(heatmapQuery(cart), heatmapQuery(orders).queryKey)).toBeUndefined();
  expect(shown(heatmapQuery({ from: 1, to: 2 }), heatmapQuery(orders).queryKey)).toBeUndefined();
  expect(shown(heatmapQuery({ ...cart, to: 3 }), heatmapQuery(cart).queryKey)).toBe("old");
  expect(shown(tracesQuery(cart), tracesQuery(orders).queryKey)).toBeUndefined();
  expect(shown(tracesQuery({ ...cart, minMs: 5 }), tracesQuery(cart).queryKey)).toBe("old");
  expect(shown(deploysQuery("tax", 0, 60_000), deploysQuery("checkout", 0, 60_000).queryKey)).toBeUndefined();
  expect(shown(deploysQuery("tax", 0, 120_000), deploysQuery("tax", 0, 60_000).queryKey)).toBe("old");
  expect(shown(fleetQuery(1, "tax"), fleetQuery(1, "checkout").queryKey)).toBeUndefined();
  expect(shown(fleetQuery(1, "tax"), fleetQuery(2, "tax").queryKey)).toBe("old");
});
