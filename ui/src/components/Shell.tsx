import { useIsFetching, useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatch, useNavigate } from "@tanstack/react-router";
import { servicesQuery } from "../api/queries.ts";
import { RangeControl } from "../search/RangeControl.tsx";
import { compact } from "../state/raw.ts";
import type { RootCauseState } from "../state/root-cause.ts";
import type { SearchState } from "../state/search.ts";
import { ThemeButton } from "./ThemeButton.tsx";

export function Shell() {
  const search = useMatch({ from: "/", shouldThrow: false });
  const cause = useMatch({ from: "/root-cause", shouldThrow: false });
  const inSql = useMatch({ from: "/sql", shouldThrow: false }) !== undefined;
  const inFleet = useMatch({ from: "/fleet", shouldThrow: false }) !== undefined;
  const navigate = useNavigate();
  const services = useQuery({ ...servicesQuery("day"), enabled: search !== undefined });
  // Checks that run by themselves are not "loading".
  const fetching = useIsFetching({ predicate: (query) => query.meta?.["quiet"] !== true });
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
        <nav className="nav" aria-label="Views">
          <Link
            to="/"
            activeOptions={{ exact: true, includeSearch: false }}
            aria-current={inSql || inFleet || cause !== undefined ? undefined : "page"}
          >
            Search
          </Link>
          <Link
            to="/root-cause"
            activeOptions={{ includeSearch: false }}
            search={search === undefined ? {} : causeOfSearch(search.search)}
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
        {search !== undefined && services.data?.length !== 0 && (
          <RangeControl
            state={search.search}
            onChange={(range) =>
              void navigate({
                to: "/",
                search: compact({ ...search.search, selFrom: undefined, selTo: undefined, ...range }),
              })
            }
          />
        )}
        {cause !== undefined && (
          <RangeControl
            state={cause.search}
            onChange={(range) =>
              void navigate({ to: "/root-cause", search: compact({ ...cause.search, ...range }) })
            }
          />
        )}
        <ThemeButton />
        {fetching > 0 && <div className="working" role="progressbar" aria-label="Loading" />}
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

/** What is searched is what one asks the cause of. */
const causeOfSearch = ({ service, operation, range, from, to }: SearchState): RootCauseState =>
  compact({ service, operation, range, from, to });

// A fragment would be an address under <base>, not under this page.
function skipToMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
