import { type ReactNode, useEffect, useRef } from "react";
import { useIsFetching, useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatch, useNavigate, useRouterState } from "@tanstack/react-router";
import { servicesQuery } from "../api/queries.ts";
import { RangeControl } from "../search/RangeControl.tsx";
import { compact } from "../state/raw.ts";
import type { ProfilesState } from "../state/profiles.ts";
import type { PartState, RangeState } from "../state/range.ts";
import { causeOfSearch } from "../state/root-cause.ts";
import { ThemeButton } from "./ThemeButton.tsx";

export function Shell() {
  const search = useMatch({ from: "/", shouldThrow: false })?.search;
  const profiles = useMatch({ from: "/profiles", shouldThrow: false })?.search;
  const compare = useMatch({ from: "/compare", shouldThrow: false })?.search;
  const cause = useMatch({ from: "/root-cause", shouldThrow: false })?.search;
  const inSql = useMatch({ from: "/sql", shouldThrow: false }) !== undefined;
  const inFleet = useMatch({ from: "/fleet", shouldThrow: false }) !== undefined;
  const elsewhere = inSql || inFleet || [profiles, compare, cause].some((one) => one !== undefined);
  const navigate = useNavigate();
  const views = useShownView();
  const services = useQuery({ ...servicesQuery("day"), enabled: search !== undefined });
  // Checks that run by themselves are not "loading".
  const fetching = useIsFetching({ predicate: (query) => query.meta?.["quiet"] !== true });
  // What one looks at stays in view from page to page.
  const same = sameSubject(profiles ?? compare ?? cause ?? search ?? {});
  const ranged = <T extends RangeState>(state: T | undefined, go: (next: T) => void): ReactNode =>
    state !== undefined && (
      <RangeControl state={state} onChange={(range) => go(compact({ ...state, ...noPart, ...range }))} />
    );
  return (
    <>
      <a className="skip" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <header className="top">
        <Link to="/" className="brand" aria-label="Hotspan, search">
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
        <nav className="nav" aria-label="Views" ref={views}>
          <Link
            to="/"
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
        </nav>
        {services.data?.length !== 0 && ranged(search, (next) => void navigate({ to: "/", search: next }))}
        {ranged(profiles, (next) => void navigate({ to: "/profiles", search: next }))}
        {ranged(compare, (next) => void navigate({ to: "/compare", search: next }))}
        {ranged(cause, (next) => void navigate({ to: "/root-cause", search: next }))}
        <ThemeButton />
        {fetching > 0 && <div className="working" role="progressbar" aria-label="Loading" />}
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

/** On narrow windows the names of the views scroll: the one that is open is among those to be seen. */
function useShownView(): React.RefObject<HTMLElement | null> {
  const nav = useRef<HTMLElement>(null);
  const view = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  useEffect(() => {
    nav.current
      ?.querySelector('[aria-current="page"]')
      ?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [view]);
  return nav;
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
