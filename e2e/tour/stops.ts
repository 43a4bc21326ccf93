// The ways through the pages that docs/tour.md tells of: from the first page to each planted cause, click by click.
import { type Truth, truths } from "@hotspan/example-shop";
import type { Locator, Page } from "playwright-core";

/** One click. `rows`: any of the rows may be the one; those whose bar is mostly of this class of the ledger are tried first. */
export interface Click {
  readonly words: string;
  readonly target: (page: Page) => Locator;
  readonly rows?: NonNullable<Truth["class"]>;
}

export interface Stop {
  readonly cause: string;
  readonly clicks: readonly Click[];
  /** What the page's sentence then says. */
  readonly says: RegExp;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

const endpoint = (service: string, name: string): Click => ({
  words: `the endpoint **${service} ${name}**`,
  target: (page) =>
    page
      .getByRole("navigation", { name: "Endpoints whose requests differ most" })
      .getByRole("link", { name: new RegExp(`^${escaped(`${service} ${name}`)} `) }),
});

/** Only where the endpoint is not among the first. */
export const allEndpoints: Click = {
  words: "**all**",
  target: (page) =>
    page.getByRole("navigation", { name: "Endpoints whose requests differ most" }).getByRole("button"),
};

const trace = (kind: NonNullable<Truth["class"]>): Click => ({
  words: `a slow trace whose bar is mostly ${colours[kind]}`,
  target: (page) => page.locator("table.traces tbody tr.go"),
  rows: kind,
});

const profile = (service: string, name: string): Click => ({
  words: `**Profile for this span** in the row of ${service}`,
  target: (page) =>
    page.getByRole("link", { name: new RegExp(`^Profile for this span: ${escaped(`${service} ${name}`)},`) }),
});

const compareVersions: Click = {
  words: "**Compare 1.1.0 with 1.0.0**",
  target: (page) => page.getByRole("link", { name: /^Compare 1\.1\.0 with 1\.0\.0$/ }),
};

const colours: Readonly<Record<NonNullable<Truth["class"]>, string>> = {
  "cpu.self": "orange",
  "blocked.sync": "brown",
  gc: "dark green",
  "loop.held": "rose",
  "wait.child": "light blue",
  "wait.pool": "blue",
  "wait.other": "grey blue",
  stalled: "black",
};

/** Says so first, of all that the time of a request went to that was a slow one. */
const first = (text: string): RegExp => new RegExp(` took [\\d,]{3,} ms: [^,]*(?:${text})`);

/** What a ledger's sentence calls a class; where a function or who holds the loop is named, that is asked for. */
function said(truth: Truth, kind: NonNullable<Truth["class"]>): RegExp {
  const functions = [truth.function, ...(truth.within ?? [])].filter((name) => name !== undefined);
  switch (kind) {
    case "cpu.self":
      // Not always first: such requests hold up one another.
      return new RegExp(functions.map(escaped).join("|"));
    case "loop.held":
      return first(`loop held by ${escaped(truth.by?.endpoint ?? "")}`);
    case "blocked.sync":
      return first("blocked in");
    case "wait.child":
      return first("waiting for (?!something else|the thread pool)");
    case "gc":
      return first("garbage collection");
    case "wait.pool":
      return first("thread pool");
    case "wait.other":
      return first("waiting for something else");
    case "stalled":
      return first("ready, but given no CPU");
  }
}

/** A cause's way: by its releases where they differ, else by a slow trace; undefined where nothing is to be slow. */
function stopOf(truth: Truth): Stop | undefined {
  const { cause, service, endpoint: name } = truth;
  if (truth.class === undefined) return undefined;
  if (truth.versions !== undefined) {
    const says = new RegExp(escaped(truth.function ?? ""));
    return { cause, clicks: [endpoint(service, name), compareVersions], says };
  }
  return {
    cause,
    clicks: [endpoint(service, name), trace(truth.class), profile(service, name)],
    says: said(truth, truth.class),
  };
}

export const allStops: readonly Stop[] = truths.flatMap((truth) => stopOf(truth) ?? []);

/** Of what the demo plants when nothing else is asked for. */
export const demoStops: readonly Stop[] = allStops.filter(({ cause }) =>
  ["large-cart", "export-hog", "n-plus-one", "version-1.1"].includes(cause),
);
