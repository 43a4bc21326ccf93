// The views and their addresses. Each search part is validated by its view's own state module.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./components/NotFound.tsx";
import { Shell } from "./components/Shell.tsx";
import { StartPage } from "./first-run/StartPage.tsx";
import { SearchPage } from "./search/SearchPage.tsx";
import { SpanPage } from "./span/SpanPage.tsx";
import { validateCompare } from "./state/compare.ts";
import { validateFleet } from "./state/fleet.ts";
import { validateProfiles } from "./state/profiles.ts";
import { parseSearch, stringifySearch } from "./state/raw.ts";
import { validateRootCause } from "./state/root-cause.ts";
import { validateSearch } from "./state/search.ts";
import { validateSpan } from "./state/span.ts";
import { validateSql } from "./state/sql.ts";
import { validateTrace } from "./state/trace.ts";
import { TracePage } from "./trace/TracePage.tsx";

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const searchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch,
  component: SearchPage,
});

const startRoute = createRoute({ getParentRoute: () => rootRoute, path: "/start", component: StartPage });

const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/trace/$traceId",
  validateSearch: validateTrace,
  component: TracePage,
});

const spanRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/trace/$traceId/span/$spanId",
  validateSearch: validateSpan,
  component: SpanPage,
});

const rootCauseRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/root-cause",
  validateSearch: validateRootCause,
  component: lazyRouteComponent(() => import("./rootcause/RootCausePage.tsx"), "RootCausePage"),
});

const profilesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/profiles",
  validateSearch: validateProfiles,
  component: lazyRouteComponent(() => import("./profiles/ProfilesPage.tsx"), "ProfilesPage"),
});
const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: validateCompare,
  component: lazyRouteComponent(() => import("./compare/ComparePage.tsx"), "ComparePage"),
});
const fleetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/fleet",
  validateSearch: validateFleet,
  component: lazyRouteComponent(() => import("./fleet/FleetPage.tsx"), "FleetPage"),
});

// The editor is as large as all the rest.
const sqlRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sql",
  validateSearch: validateSql,
  component: lazyRouteComponent(() => import("./sql/SqlPage.tsx"), "SqlPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    searchRoute,
    startRoute,
    traceRoute,
    spanRoute,
    profilesRoute,
    compareRoute,
    rootCauseRoute,
    sqlRoute,
    fleetRoute,
  ]),
  basepath: new URL(document.baseURI).pathname,
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  // Pages fetch on their own; a hover must not cost a query in ClickHouse.
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
