import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { heatmapQuery } from "../api/queries.ts";
import { rangeMs } from "../state/range.ts";
import { heatmapParams, type SearchState } from "../state/search.ts";
import { firstRange } from "./first-range.ts";
import type { HeatGrid } from "./heat-grid.ts";

// Once for a page that is read: who then asks for the last hour gets it.
let open = true;

/** Chooses the range where the address has none. False while that may still change what is drawn. */
export function useFirstRange(
  state: SearchState,
  heat: { readonly grid: HeatGrid | undefined; readonly failed: boolean },
  nowMs: number,
  onShortest: () => unknown,
): boolean {
  // The default is left out of what the router makes of an address.
  const named =
    state.range !== undefined ||
    state.from !== undefined ||
    new URLSearchParams(location.search).has("range");
  const asked = open && !named && !heat.failed;
  const hour = rangeMs["1h"];
  const older = useQuery({
    ...heatmapQuery({
      ...heatmapParams(state, nowMs, "1x1"),
      from: nowMs - rangeMs["24h"],
      to: nowMs - hour,
    }),
    enabled: asked && firstRange(heat.grid, undefined, nowMs) === "look",
  });
  const cells = older.isPlaceholderData ? undefined : older.data?.cells;
  const found = older.isError ? 1 : cells?.reduce((sum, cell) => sum + (cell[2] ?? 0), 0);
  const choice = asked ? firstRange(heat.grid, found, nowMs) : "hour";
  useEffect(() => {
    if (choice === "hour" || choice === "shortest") open = false;
    if (choice === "shortest") onShortest();
  }, [choice]); // oxlint-disable-line react/exhaustive-deps -- told once
  return choice === "hour";
}
