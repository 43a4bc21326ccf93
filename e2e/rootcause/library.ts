// The library's causes, as examples/library/README.md tells them; there, too, how to add one.
import type { Expected } from "./expected.ts";

const press = (endpoint: string) => ({ service: "press", endpoint });

export const libraryTruths: readonly Expected[] = [
  {
    cause: "capitals",
    service: "desk",
    endpoint: "GET /tenants/{tenant}/search",
    function: "findCitations",
    share: 0.08,
    class: "cpu.self",
  },
  {
    cause: "stampede",
    service: "desk",
    endpoint: "GET /shelf",
    function: "rankTitles",
    awaits: "press",
    by: press("GET /ranking"),
    share: 0.5,
    class: "wait.child",
  },
  {
    cause: "templates",
    service: "press",
    endpoint: "GET /pages/{page}",
    function: "compileTemplate",
    versions: { slow: "2.5.0", baseline: "2.4.0" },
    class: "cpu.self",
  },
  {
    cause: "templates",
    service: "desk",
    endpoint: "GET /documents/{document}",
    function: "compileTemplate",
    awaits: "press",
    by: press("GET /pages/{page}"),
    share: 0.5,
    class: "wait.child",
  },
  {
    cause: "access-log",
    service: "desk",
    endpoint: "GET /documents/{document}",
    function: "flushLog",
    share: 0.05,
    class: "loop.held",
  },
];
