// Profiles over time and compared: checkout's version 1.1.0 parses dates that 1.0.0 did not.
import type { Compare, CompareBody, Profile, Series } from "@hotspan/query-api/types";
import { storyProfile } from "./story.ts";

export const storyInstances = [
  "7d9f01c2a4e84d1f9b60c35d2e8a7f14",
  "c14be0a2933f4c7d8e51f60b7a2d9c38",
] as const;

/** When 1.1.0 came, before the story's end. */
export const deployBefore = 2_340_000;

/** Cores in use, by name. */
const lines: Readonly<Record<string, readonly (readonly [name: string, cores: number])[]>> = {
  service: [
    ["checkout", 0.42],
    ["web", 0.12],
    ["pricing", 0.05],
    ["users", 0.012],
  ],
  endpoint: [
    ["GET /cart", 0.31],
    ["POST /checkout", 0.07],
    ["", 0.04],
  ],
  instance: [
    [storyInstances[0], 0.24],
    [storyInstances[1], 0.18],
  ],
  zone: [["eu-1b", 0.42]],
  environment: [["", 0.42]],
  thread: [["0", 0.42]],
};

export function storySeries(query: URLSearchParams, end: number): Series {
  const from = Number(query.get("from"));
  const to = Number(query.get("to"));
  const groupBy = query.get("groupBy") ?? "service";
  const stepMs = to - from > 3_600_000 ? 600_000 : 30_000;
  const covered: [number, number][] = [[from, to]];
  const nothing = {
    stepNano: stepMs * 1e6,
    unit: "nanoseconds" as const,
    covered,
    series: [],
    truncated: false,
  };
  if (query.get("service") === "users" || query.get("type") === "heap_inuse") return nothing;
  const deploy = end - deployBefore;
  const shape = (at: number): number => 0.7 + 0.3 * Math.sin(at / 420_000) + (at > deploy ? 0.6 : 0);
  const names =
    groupBy === "version"
      ? ([
          ["1.0.0", 0.3],
          ["1.1.0", 0.3],
        ] as const)
      : (lines[groupBy] ?? []);
  return {
    ...nothing,
    series: names.map(([name, cores]) => {
      const points: [number, number][] = [];
      for (let at = Math.floor(from / stepMs) * stepMs; at < to; at += stepMs) {
        if (groupBy === "version" && (name === "1.0.0") === at >= deploy) continue;
        points.push([at, Math.round(cores * shape(at) * stepMs * 1e6)]);
      }
      return { key: { [groupBy]: name }, points };
    }),
  };
}

/** An hour of such requests. */
export function storyAggregate(query: URLSearchParams): Profile {
  const profile = storyProfile(query.getAll("highlight"));
  const none = query.get("service") === "users" || query.getAll("focus").includes("nothing");
  const scale = (values: readonly number[]): number[] => values.map((value) => (none ? 0 : value * 1400));
  const { nodes } = profile;
  return {
    ...profile,
    type: query.get("type") ?? "wall",
    total: none ? 0 : profile.total * 1400,
    samples: none ? 0 : profile.samples * 1400,
    startUnixNano: `${query.get("from")}000000`,
    endUnixNano: `${query.get("to")}000000`,
    truncated: query.get("service") === "web",
    nodes: { ...nodes, self: scale(nodes.self), total: scale(nodes.total), samples: scale(nodes.samples) },
  };
}

type Kind = Compare["frames"][number]["kind"];
interface Draft {
  readonly name: string;
  readonly pkg: string | null;
  readonly kind: Kind;
  readonly file: string | null;
  /** Self, ms per span. */
  readonly base: number;
  readonly other: number;
  readonly children: readonly Draft[];
}
const draft =
  (kind: Kind, pkg: string | null, folder: string | null) =>
  (name: string, base: number, other: number, children: readonly Draft[] = []): Draft => ({
    name,
    pkg,
    kind,
    file: folder === null ? null : `${folder}/${name}.ts`,
    base,
    other,
    children,
  });
const own = draft("app", "checkout", "src/cart");
const v8 = draft("v8", "v8", null);
const node = draft("node", "node:internal", "node:internal");
const dates = draft("dependency", "date-fns", "lib");
const lodash = draft("dependency", "lodash", "lib");

const tree = draft("runtime", null, null)("(root)", 0, 0, [
  node("processTicksAndRejections", 0.2, 0.2, [
    own("getCart", 0.2, 0.2, [
      own("loadCart", 0.4, 0.4, [
        own("parseCart", 0.3, 0.3, [
          v8("JSON.parse", 8.1, 38.4, [
            own("reviveDate", 0, 14.9, [
              own("isIsoDate", 0, 6.1, [v8("RegExp.test", 0, 14)]),
              dates("parseISO", 0, 6.9, [dates("splitDateString", 0, 4.6), dates("parseDate", 0, 2.2)]),
              v8("Date", 0, 4.3),
            ]),
          ]),
          own("mapDates", 2.4, 0),
        ]),
        node("fetch", 4.8, 4.9),
        lodash("uniqBy", 2.2, 2.9),
      ]),
      own("renderCart", 0.9, 1, [v8("JSON.stringify", 5, 6.6), lodash("groupBy", 2, 2.3)]),
    ]),
  ]),
  draft("gc", "v8", null)("(garbage collector)", 2.3, 11.5),
  node("parserOnHeadersComplete", 3.1, 3.2, [node("emit", 2, 2)]),
]);

/** `refuse` is a problem to answer with. */
export function storyCompare(
  body: CompareBody,
):
  | { readonly refuse: readonly [status: number, code: string, detail: string] }
  | { readonly answer: Compare } {
  const service = String(body.base.service);
  const normalise = body.normalise ?? "per_span";
  if (service === "pricing") return { refuse: [504, "query_timeout", "The store took longer than 10 s."] };
  if (service === "cart-store" && normalise === "per_span")
    return { refuse: [422, "not_comparable", "base: no spans are stored to divide by"] };
  if ([body.filters?.focus ?? []].flat().some((pattern) => pattern.includes("(?=")))
    return { refuse: [400, "bad_filter", "focus: RE2 knows no lookahead, “(?=”."] };
  const none = service === "users";
  const alike = service === "web";
  const sides = { base: none ? 0 : 1, other: 1 };
  const frames: Compare["frames"] = [];
  const nodes: Compare["nodes"] = {
    frame: [],
    parent: [],
    baseSelf: [],
    baseTotal: [],
    otherSelf: [],
    otherTotal: [],
  };
  const functions: Compare["functions"] = [];
  const share = normalise === "share";
  const sumOf = (one: Draft, side: "base" | "other"): number =>
    one[side] + one.children.reduce((sum, child) => sum + sumOf(child, side), 0);
  const all = { base: sumOf(tree, "base"), other: sumOf(tree, "other") };
  const value = (ms: number, side: "base" | "other"): number =>
    sides[side] * (share ? ms / all[side] : ms * 1e6);
  const place = (one: Draft, parent: number): number => {
    const at = frames.length;
    frames.push({
      function: one.name,
      file: one.file,
      line: one.file === null || one.file === "" ? null : 12,
      package: one.pkg,
      kind: one.kind,
    });
    const base = value(alike ? one.other : one.base, "base");
    const other = value(one.other, "other");
    nodes.frame.push(at);
    nodes.parent.push(parent);
    nodes.baseSelf.push(base);
    nodes.otherSelf.push(other);
    nodes.baseTotal.push(base);
    nodes.otherTotal.push(other);
    for (const child of one.children) {
      const below = place(child, at);
      nodes.baseTotal[at]! += nodes.baseTotal[below]!;
      nodes.otherTotal[at]! += nodes.otherTotal[below]!;
    }
    if (base > 0 || other > 0) {
      const delta = other - base;
      const doubt = Math.max(share ? 0.002 : 0.5e6, Math.abs(delta) * 0.07);
      const significant = Math.abs(delta) > (share ? 0.01 : 1.2e6);
      functions.push({
        function: one.name,
        package: one.pkg,
        file: one.file,
        kind: one.kind,
        base,
        other,
        delta,
        low: delta - doubt,
        high: delta + doubt,
        p: significant ? 0.0004 : Math.abs(delta) > (share ? 0.004 : 0.3e6) ? 0.19 : 1,
        significant,
        tested: true,
      });
    }
    return at;
  };
  place(tree, -1);
  functions.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
  const side = (name: "base" | "other", spans: number, samples: number): Compare["base"] => ({
    total: sides[name] * all[name] * spans * 1e6,
    samples: sides[name] * samples,
    spans: sides[name] * spans,
  });
  return {
    answer: {
      base: side("base", 7511, 31_456),
      other: side("other", 13_889, 186_200),
      unit: share ? "share" : normalise === "per_span" ? "nanoseconds_per_span" : "nanoseconds_per_second",
      frames,
      nodes,
      functions: none ? functions.map((one) => ({ ...one, p: 1, tested: false })) : functions,
    },
  };
}
