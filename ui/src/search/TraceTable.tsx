import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { QueryValue } from "../api/client.ts";
import { tracesQuery } from "../api/queries.ts";
import type { TraceSummary } from "../api/types.ts";
import { MiniBar } from "../ledger/MiniBar.tsx";
import { upTo } from "../ledger/view.ts";
import { Failed } from "../components/Failed.tsx";
import { clockMillis, count, counted, day, ms, percent, shortId } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";

const rowHeight = 31;
const drawnWhole = 200;

/** The traces found, one page after the other as the reader scrolls. */
export function TraceTable(props: {
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly sort: "duration" | "start";
  readonly onSort: (sort: "duration" | "start") => void;
  readonly empty: ReactNode;
  readonly withDay: boolean;
}) {
  const traces = useInfiniteQuery(tracesQuery(props.query));
  const rows = traces.data?.pages.flatMap((page) => page.traces) ?? [];
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top;
    if (top !== undefined) setOffset(top + scrollY);
  }, [rows.length > 0]); // oxlint-disable-line react/exhaustive-deps -- the body exists once there are rows
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    // A few pages are drawn whole: paper and pictures of the page show it too. Only long lists are windowed.
    overscan: rows.length <= drawnWhole ? drawnWhole : 12,
    scrollMargin: offset,
  });
  const items = virtual.getVirtualItems();
  const lastSeen = virtual.range?.endIndex ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = traces;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError && lastSeen >= rows.length - 15) {
      void fetchNextPage();
    }
  }, [lastSeen, rows.length, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  if (traces.isError && rows.length === 0) {
    return (
      <Failed
        what="The traces could not be read"
        error={traces.error}
        onRetry={() => void traces.refetch()}
      />
    );
  }
  if (traces.isSuccess && rows.length === 0) return props.empty;

  // Page after page comes in order; the longest of all is known only when sorted by it.
  const longest = rows.reduce((most, row) => Math.max(most, row.durationNano), 1);
  const before = (items[0]?.start ?? offset) - offset;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);
  const head = (sort: "duration" | "start", text: string): ReactNode => (
    <button type="button" onClick={() => props.onSort(sort)}>
      {text}
      {props.sort === sort && " ↓"}
    </button>
  );
  return (
    <>
      <div className="scroll">
        <table
          className={traces.isPlaceholderData ? "traces old" : "traces"}
          aria-rowcount={hasNextPage ? -1 : rows.length + 1}
          aria-busy={traces.isFetching}
        >
          <caption className="vh">Traces, {props.sort === "duration" ? "slowest" : "latest"} first</caption>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" className="c-start" {...sorted(props.sort === "start")}>
                {head("start", "Start, UTC")}
              </th>
              <th scope="col">Trace</th>
              <th scope="col" className="num c-ms" {...sorted(props.sort === "duration")}>
                {head("duration", "Duration, ms")}
              </th>
              <th scope="col" className="c-bar hide-s">
                Where the time went
              </th>
              <th
                scope="col"
                className="num c-n"
                title="CPU time of all services in the trace over its duration"
              >
                On CPU
              </th>
              <th scope="col" className="num c-n hide-s">
                Samples
              </th>
              <th scope="col" className="num c-n hide-s">
                Spans
              </th>
            </tr>
          </thead>
          <tbody ref={body}>
            {before > 0 && <Gap height={before} />}
            {items.map((item) => {
              const row = rows[item.index];
              return row === undefined ? null : (
                <TraceRow
                  key={row.traceId}
                  row={row}
                  index={item.index}
                  longest={longest}
                  withDay={props.withDay}
                />
              );
            })}
            {after > 0 && <Gap height={after} />}
          </tbody>
        </table>
      </div>
      {isFetchNextPageError && traces.error !== null ? (
        <Failed
          what="More traces could not be read"
          error={traces.error}
          onRetry={() => void fetchNextPage()}
        />
      ) : (
        <p className="note" role="status">
          {traces.isPending
            ? "Reading traces."
            : hasNextPage
              ? `${counted(rows.length, "trace")} so far. Scrolling loads more.`
              : `${counted(rows.length, "trace")}, all shown.`}
        </p>
      )}
    </>
  );
}

const sorted = (yes: boolean): { "aria-sort"?: "descending" } => (yes ? { "aria-sort": "descending" } : {});

function Gap(props: { readonly height: number }) {
  return (
    <tr className="gap" aria-hidden="true">
      <td style={{ height: props.height }} />
    </tr>
  );
}

function TraceRow(props: {
  readonly row: TraceSummary;
  readonly index: number;
  readonly longest: number;
  readonly withDay: boolean;
}) {
  const { row } = props;
  const navigate = useNavigate();
  const onCpu = row.durationNano > 0 ? row.cpuNano / row.durationNano : 0;
  const startMs = toUnixMs(row.startUnixNano);
  return (
    <tr
      aria-rowindex={props.index + 2}
      className="go"
      onClick={(event) => {
        // The link has its own ways (new tab, copy); the rest of the row is a larger target for a plain click.
        if (event.defaultPrevented || (event.target as Element).closest("a") !== null) return;
        if (getSelection()?.isCollapsed === false) return;
        void navigate({ to: "/trace/$traceId", params: { traceId: row.traceId } });
      }}
    >
      <td className="muted nw">
        {props.withDay && `${day(startMs)} `}
        {clockMillis(startMs)}
      </td>
      <th scope="row" className="cut">
        <Link to="/trace/$traceId" params={{ traceId: row.traceId }} className="mono">
          {shortId(row.traceId)}
        </Link>{" "}
        <span className="muted">
          {row.root === null
            ? `root missing, in ${row.services.join(", ")}`
            : `${row.root.service} ${row.root.name}`}
        </span>
        {row.errors > 0 && <span className="bad"> {counted(row.errors, "error")}</span>}
        {!row.complete && row.root !== null && <span className="faint"> incomplete</span>}
      </th>
      <td className="num">
        <b>{ms(row.durationNano)}</b>
      </td>
      <td className="hide-s">
        {row.ledger === null || row.ledger === undefined || row.ledger.length === 0 ? (
          <span className="mini bar" title="Not profiled">
            <i
              className="hatch"
              aria-hidden="true"
              style={{ width: `${(row.durationNano / props.longest) * 100}%` }}
            />
            <span className="vh">not profiled</span>
          </span>
        ) : (
          <MiniBar rows={upTo(row.ledger, row.durationNano)} whole={props.longest} />
        )}
      </td>
      <td className="num">{row.samples === 0 && row.cpuNano === 0 ? "–" : percent(onCpu, 0)}</td>
      <td className="num hide-s">{row.samples === 0 ? "–" : count(row.samples)}</td>
      <td className="num hide-s">{count(row.spans)}</td>
    </tr>
  );
}
