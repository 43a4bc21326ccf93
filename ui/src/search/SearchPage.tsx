import "../ledger/ledger.css";
import "./search.css";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { lookBackOf } from "../api/look-back.ts";
import { heatmapQuery, servicesQuery, tracesQuery } from "../api/queries.ts";
import { Failed } from "../components/Failed.tsx";
import { DeployList, useDeploys } from "../deploys/DeployMarks.tsx";
import { FirstRun } from "../first-run/FirstRun.tsx";
import { classCss, legendWords } from "../ledger/classes.ts";
import type { ServiceInfo } from "../api/types.ts";
import { clock, counted, percent } from "../lib/format.ts";
import { useNow } from "../lib/now.ts";
import { useTitle } from "../lib/useTitle.ts";
import { rememberSearch } from "../state/last-search.ts";
import { compact } from "../state/raw.ts";
import { timeRange } from "../state/range.ts";
import { tookWords } from "../state/took.ts";
import { heatmapParams, type SearchState, tracesParams } from "../state/search.ts";
import { EmptyResult } from "./EmptyResult.tsx";
import { Endpoints } from "./Endpoints.tsx";
import { HeatHead } from "./HeatHead.tsx";
import { twoVersions } from "./endpoints.ts";
import { Filters } from "./Filters.tsx";
import {
  countSelected,
  heatGrid,
  type HeatGrid,
  heatSteps,
  type HeatSelection,
  type PartSelection,
} from "./heat-grid.ts";
import { Heatmap } from "./Heatmap.tsx";
import { causeOfSelection, classesIn, compareOfHeat, usualRoot } from "./selection.ts";
import { TraceTable } from "./TraceTable.tsx";
import { useFirstRange } from "./useFirstRange.ts";

const columns = 60;
const rows = 40;
const route = getRouteApi("/");

export function SearchPage() {
  useTitle("Search");
  const recent = useQuery(servicesQuery("day"));
  const ever = useQuery({ ...servicesQuery("month"), enabled: recent.data?.length === 0 });
  const state = route.useSearch();
  // Nothing was ever received: not a search without results, but a first run. It stays while data begins to come.
  const [firstRun, setFirstRun] = useState(false);
  if (!firstRun && ever.data?.length === 0) setFirstRun(true);
  if (firstRun && Object.keys(state).length === 0) return <FirstRun />;
  return <Search state={state} />;
}

const noServices: readonly ServiceInfo[] = [];

function Search({ state }: { readonly state: SearchState }) {
  const now = useNow();
  const navigate = useNavigate();
  const change = (next: SearchState): void => void navigate({ to: "/", search: next, resetScroll: false });
  useEffect(() => rememberSearch(state), [state]);
  const range = timeRange(state, now);
  const services = useQuery(servicesQuery(lookBackOf(range, now))).data ?? noServices;
  const heat = useQuery(heatmapQuery(heatmapParams(state, now, `${columns}x${rows}`)));
  const read = useMemo(
    () => (heat.data === undefined ? undefined : heatGrid(heat.data, columns)),
    [heat.data],
  );
  const settled = useFirstRange(state, { grid: read, failed: heat.isError }, now, () =>
    navigate({ to: "/", search: { ...state, range: "15m" }, replace: true, resetScroll: false }),
  );
  const grid = settled ? read : undefined;
  const deploys = useDeploys(state.service, range.from, range.to);
  const steps = useMemo(() => heatSteps(grid?.most ?? 0), [grid]);
  const [draft, setDraft] = useState<HeatSelection>();

  const chosen: PartSelection | undefined =
    state.selFrom === undefined && state.minMs === undefined && state.maxMs === undefined
      ? undefined
      : compact({ fromMs: state.selFrom, toMs: state.selTo, minMs: state.minMs, maxMs: state.maxMs });
  const select = (selection: HeatSelection | undefined): void =>
    change(
      compact({
        ...state,
        selFrom: selection?.fromMs,
        selTo: selection?.toMs,
        minMs: selection?.minMs,
        maxMs: selection?.maxMs,
      }),
    );

  const shown = draft ?? chosen;
  const tableQuery = tracesParams(state, now, 50);
  // The same pages the table shows, looked at as a whole.
  const pages = useInfiniteQuery(tracesQuery(tableQuery)).data;
  const legend = useMemo(() => (pages === undefined ? [] : classesIn(pages)), [pages]);
  const usual = useMemo(() => (pages === undefined ? undefined : usualRoot(pages)), [pages]);
  const compare = compareOfHeat(state, range, usual);
  const sort = state.sort ?? "duration";
  return (
    <>
      <h1 className="vh">Search traces</h1>
      <Filters state={state} onChange={change} />
      {state.operation === undefined && <Endpoints services={services} state={state} />}
      <section className="near">
        <HeatHead
          grid={grid}
          old={heat.isPlaceholderData}
          state={state}
          steps={steps}
          versions={twoVersions(services.find(({ name }) => name === state.service))}
          onFit={(from, to) =>
            change(compact({ ...state, range: undefined, from, to, selFrom: undefined, selTo: undefined }))
          }
        />
        {heat.isError ? (
          <Failed
            what="The heatmap could not be read"
            error={heat.error}
            onRetry={() => void heat.refetch()}
          />
        ) : (
          <div className={heat.isPlaceholderData ? "old" : undefined} aria-busy={heat.isPlaceholderData}>
            <Heatmap
              grid={grid ?? emptyGrid(range.from, range.to)}
              steps={steps}
              deploys={deploys}
              selection={chosen}
              onDraft={setDraft}
              onSelect={select}
            />
          </div>
        )}
        <DeployList deploys={deploys} fromMs={range.from} toMs={range.to} />
        {shown !== undefined && grid !== undefined && (
          <div className="selbar">
            <span role="status">
              <b>{counted(countSelected(grid, shown), "trace")} selected</b> ·{" "}
              {percent(countSelected(grid, shown) / Math.max(1, grid.total))} of all
              {selectionWords(shown)}
            </span>
            <span className="end">
              <button type="button" className="btn quiet" onClick={() => select(undefined)}>
                Clear <kbd>Esc</kbd>
              </button>
              {draft === undefined && compare !== undefined && (
                <Link to="/compare" search={compare} className="btn">
                  Compare profiles
                </Link>
              )}
              {draft === undefined && (
                <Link to="/root-cause" search={causeOfSelection(state, range, usual)} className="btn primary">
                  Why are these slower?
                </Link>
              )}
            </span>
          </div>
        )}
      </section>
      <section>
        <div className="head">
          <h2>{chosen === undefined ? "Traces" : "Traces in the selection"}</h2>
          <span className="muted">
            {sort === "duration" ? "slowest first" : "latest first"} · bars share one scale
          </span>
          <span className="end key hide-s" aria-hidden="true">
            {legend.map((name) => (
              <span key={name}>
                <i className={`sw ${classCss(name)}`} />
                {legendWords(name)}
              </span>
            ))}
          </span>
        </div>
        <TraceTable
          query={tableQuery}
          sort={sort}
          onSort={(by) => change(compact({ ...state, sort: by === "start" ? by : undefined }))}
          withDay={range.to - range.from > 86_400_000}
          empty={<EmptyResult state={state} now={now} onChange={change} />}
        />
      </section>
    </>
  );
}

function selectionWords(selection: PartSelection): string {
  const parts: string[] = [];
  if (selection.fromMs !== undefined && selection.toMs !== undefined) {
    parts.push(`${clock(selection.fromMs)}–${clock(selection.toMs)}`);
  }
  const took = tookWords(selection);
  if (took !== undefined) parts.push(took);
  return parts.map((part) => ` · ${part}`).join("");
}

/** Axes before the first answer. */
function emptyGrid(fromMs: number, toMs: number): HeatGrid {
  return heatGrid(
    {
      t0UnixNano: `${Math.round(fromMs)}000000`,
      stepNano: ((toMs - fromMs) / columns) * 1e6,
      edgesNano: Array.from({ length: rows + 1 }, (_, edge) => 1e6 * 10 ** ((4 * edge) / rows)),
      cells: [],
    },
    columns,
  );
}
