import { useIsFetching, useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatch } from "@tanstack/react-router";
import { servicesQuery } from "../api/queries.ts";
import { RangeControl } from "../search/RangeControl.tsx";
import { ThemeButton } from "./ThemeButton.tsx";

export function Shell() {
  const search = useMatch({ from: "/", shouldThrow: false });
  const inSql = useMatch({ from: "/sql", shouldThrow: false }) !== undefined;
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
          Hotspan
        </Link>
        <nav className="nav" aria-label="Views">
          <Link
            to="/"
            activeOptions={{ exact: true, includeSearch: false }}
            aria-current={inSql ? undefined : "page"}
          >
            Search
          </Link>
          <Link to="/sql" activeOptions={{ includeSearch: false }}>
            SQL
          </Link>
        </nav>
        {search !== undefined && services.data?.length !== 0 && <RangeControl state={search.search} />}
        <ThemeButton />
        {fetching > 0 && <div className="working" role="progressbar" aria-label="Loading" />}
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

// A fragment would be an address under <base>, not under this page.
function skipToMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
