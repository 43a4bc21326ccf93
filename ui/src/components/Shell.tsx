import { type ReactNode, useMemo, useSyncExternalStore } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatch, useNavigate } from "@tanstack/react-router";
import { servicesQuery, traceQuery } from "../api/queries.ts";
import { isRefused, onRefusal } from "../api/token.ts";
import { useNow } from "../lib/now.ts";
import { useReading } from "../lib/reading.ts";
import { RangeControl } from "../search/RangeControl.tsx";
import { aroundTrace } from "../state/around.ts";
import { lastSearch } from "../state/last-search.ts";
import { compact } from "../state/raw.ts";
import type { ProfilesState } from "../state/profiles.ts";
import type { PartState, RangeState } from "../state/range.ts";
import { causeOfSearch } from "../state/root-cause.ts";
import { ThemeButton } from "./ThemeButton.tsx";
import { TokenForm } from "./TokenForm.tsx";
import { Views } from "./Views.tsx";

export function Shell() {
  const search = useMatch({ from: "/", shouldThrow: false })?.search;
  const profiles = useMatch({ from: "/profiles", shouldThrow: false })?.search;
  const compare = useMatch({ from: "/compare", shouldThrow: false })?.search;
  const cause = useMatch({ from: "/root-cause", shouldThrow: false })?.search;
  const inSql = useMatch({ from: "/sql", shouldThrow: false }) !== undefined;
  const inFleet = useMatch({ from: "/fleet", shouldThrow: false }) !== undefined;
  const elsewhere = inSql || inFleet || [profiles, compare, cause].some((one) => one !== undefined);
  const navigate = useNavigate();
  const services = useQuery({ ...servicesQuery("day"), enabled: search !== undefined });
  const reading = useReading();
  const refused = useSyncExternalStore(onRefusal, isRefused);
  // What one looks at stays in view from page to page, and who leaves a search comes back to it.
  const around = useAround();
  const back = search ?? lastSearch();
  const same = sameSubject(profiles ?? compare ?? cause ?? around ?? back);
  const ranged = <T extends RangeState>(state: T | undefined, go: (next: T) => void): ReactNode =>
    state !== undefined && (
      <RangeControl state={state} onChange={(range) => go(compact({ ...state, ...noPart, ...range }))} />
    );
  return (
    <>
      <a className="skip" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <header className="top" data-reading={reading.any ? "" : undefined}>
        {/* From the search itself it is the way to begin anew. */}
        <Link to="/" search={search === undefined ? back : {}} className="brand" aria-label="Hotspan, search">
          <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true">
            <path
              fill="currentColor"
              opacity=".32"
              d="M0 0h18v3H0zM0 5.5h5v3H0zM13 5.5h5v3h-5zM0 11h18v3H0z"
            />
            <path fill="var(--accent)" d="M5 5.5h8v3H5z" />
          </svg>
          <span className="hide-s">Hotspan</span>
        </Link>
        <Views>
          <Link
            to="/"
            search={back}
            activeOptions={{ exact: true, includeSearch: false }}
            aria-current={elsewhere ? undefined : "page"}
          >
            Search
          </Link>
          <Link to="/profiles" activeOptions={{ includeSearch: false }} search={same}>
            Profiles
          </Link>
          <Link to="/compare" activeOptions={{ includeSearch: false }} search={same}>
            Compare
          </Link>
          <Link
            to="/root-cause"
            activeOptions={{ includeSearch: false }}
            search={search === undefined ? same : causeOfSearch(search)}
          >
            Root cause
          </Link>
          <Link to="/sql" activeOptions={{ includeSearch: false }}>
            SQL
          </Link>
          <Link to="/fleet" activeOptions={{ includeSearch: false }}>
            Fleet
          </Link>
        </Views>
        {services.data?.length !== 0 && ranged(search, (next) => void navigate({ to: "/", search: next }))}
        {ranged(profiles, (next) => void navigate({ to: "/profiles", search: next }))}
        {ranged(compare, (next) => void navigate({ to: "/compare", search: next }))}
        {ranged(cause, (next) => void navigate({ to: "/root-cause", search: next }))}
        <ThemeButton />
        {reading.told && <div className="working" role="progressbar" aria-label="Loading" />}
      </header>
      <main id="main" tabIndex={-1}>
        {refused ? <TokenForm /> : <Outlet />}
      </main>
    </>
  );
}

/** Of a trace or a span: its service, and the hour around it. */
function useAround(): Same | undefined {
  const trace = useMatch({ from: "/trace/$traceId", shouldThrow: false });
  const span = useMatch({ from: "/trace/$traceId/span/$spanId", shouldThrow: false });
  const traceId = (trace ?? span)?.params.traceId;
  const spanId = span?.params.spanId ?? trace?.search.span;
  const now = useNow();
  // The page itself asks for it, and again.
  const { data } = useQuery({
    ...traceQuery(traceId ?? ""),
    enabled: traceId !== undefined,
    refetchInterval: false,
  });
  return useMemo(
    () => (traceId === undefined || data === undefined ? undefined : aroundTrace(data, spanId, now)),
    [traceId, data, spanId, now],
  );
}

// A part chosen of one range is none of another.
const noPart: PartState = { selFrom: undefined, selTo: undefined };

type Same = Pick<ProfilesState, "service" | "endpoint" | "range" | "from" | "to">;
const sameSubject = ({ service, endpoint, range, from, to }: Same): Same =>
  compact({ service, endpoint, range, from, to });

// A fragment would be an address under <base>, not under this page.
function skipToMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
