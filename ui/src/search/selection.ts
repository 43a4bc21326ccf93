// What the found traces have in common, and the way from a selection to its root cause. Pure.
import type { InfiniteData } from "@tanstack/react-query";
import type { LedgerClass } from "../api/ledger-types.ts";
import type { TracePage } from "../api/types.ts";
import { classOrder } from "../ledger/classes.ts";
import type { CompareState } from "../state/compare.ts";
import { compareOfSelection } from "../state/compare-from.ts";
import { compact } from "../state/raw.ts";
import type { RootCauseState } from "../state/root-cause.ts";
import { sideText } from "../state/side.ts";
import type { SearchState } from "../state/search.ts";

type Pages = InfiniteData<TracePage>;

/** The classes that occur, in their fixed order. */
export function classesIn(data: Pages): readonly LedgerClass[] {
  const found = new Set<LedgerClass>();
  for (const page of data.pages) {
    for (const row of page.traces) {
      for (const part of row.ledger ?? []) if (part.nano >= 0.005 * row.durationNano) found.add(part.class);
    }
  }
  return classOrder.filter((name) => found.has(name));
}

export interface Root {
  readonly service: string;
  readonly operation: string;
  readonly endpoint: string | null;
}

/** What most of the traces begin with. */
export function usualRoot(data: Pages): Root | undefined {
  const counts = new Map<string, { root: Root; count: number }>();
  for (const { root } of data.pages.flatMap((page) => page.traces)) {
    if (root === null) continue;
    const key = `${root.service}\n${root.name}`;
    const entry = counts.get(key) ?? {
      root: { service: root.service, operation: root.name, endpoint: root.endpoint },
      count: 0,
    };
    entry.count++;
    counts.set(key, entry);
  }
  let best: { root: Root; count: number } | undefined;
  for (const entry of counts.values()) if (best === undefined || entry.count > best.count) best = entry;
  return best?.root;
}

function subject(state: SearchState, usual: Root | undefined): Pick<SearchState, "service" | "operation"> {
  if (state.service !== undefined && state.operation !== undefined)
    return { service: state.service, operation: state.operation };
  return state.service === undefined || state.service === usual?.service
    ? { service: usual?.service, operation: usual?.operation }
    : { service: state.service };
}

/** The profiles of the selected requests against those of the usual ones. */
export function compareOfHeat(
  state: SearchState,
  range: { readonly from: number; readonly to: number },
  usual: Root | undefined,
): CompareState | undefined {
  const { service, operation } = subject(state, usual);
  const known = usual !== undefined && usual.service === service && usual.operation === operation;
  const work =
    known && usual.endpoint !== null ? { service, endpoint: usual.endpoint } : { service, operation };
  return compareOfSelection(state, range, work);
}

/** The selection as the slow side. Where no operation is chosen, the one most of the traces begin with. */
export function causeOfSelection(
  state: SearchState,
  range: { readonly from: number; readonly to: number },
  usual: Root | undefined,
): RootCauseState {
  return compact<RootCauseState>({
    ...subject(state, usual),
    from: range.from,
    to: range.to,
    slow: sideText(compact({ minMs: state.minMs, maxMs: state.maxMs, from: state.selFrom, to: state.selTo })),
  });
}
