// The story's ledger, loop, root cause: every sum holds, as in the API's own answers. Milliseconds from the start
// of checkout's GET /cart unless noted.
import { random, spanId, traceId } from "./story.ts";

export const exportTrace = "91d2a4e07b5c4f6d8e1039ab52fdc07e";
export const exportSpan = "e1039ab52fdc07e4";
const cartTrace = "3f0bc9d8146e47a2b5519e0d7723ac61";

const nano = (ms: number): number => Math.round(ms * 1e6);
const r1 = (value: number): number => Math.round(value * 10) / 10;
type Piece = readonly [from: number, to: number, name: string];

/** What the span did, gapless. JSON.parse is cut by 14 collections. */
const pieces: readonly Piece[] = (() => {
  const gc = [2.6, 3.1, 2.4, 12.4, 3.3, 2.9, 2.2, 9.7, 3, 2.8, 3.6, 10.9, 2.5, 2.4];
  const weights = [52, 34, 41, 38, 47, 29, 36, 40, 31, 44, 35, 39, 33, 28, 24];
  const sum = weights.reduce((a, b) => a + b, 0);
  const parse: Piece[] = [];
  let at = 283;
  weights.forEach((weight, index) => {
    const end = index === weights.length - 1 ? 893.1 : r1(at + (546.3 * weight) / sum);
    parse.push([at, end, "cpu.self"]);
    at = end;
    const pause = gc[index];
    if (pause === undefined) return;
    parse.push([at, r1(at + pause), "gc"]);
    at = r1(at + pause);
  });
  return [
    [0, 4.6, "cpu.self"],
    [4.6, 11.2, "wait.child"],
    [11.2, 12, "runtime"],
    [12, 15.6, "cpu.self"],
    [15.6, 19.8, "wait.pool"],
    [19.8, 22.4, "cpu.self"],
    [22.4, 24.6, "cpu.child"],
    [24.6, 63.7, "wait.child"],
    [63.7, 263.4, "loop.held"],
    [263.4, 265.6, "runtime"],
    [265.6, 271.4, "cpu.child"],
    [271.4, 283, "cpu.self"],
    ...parse,
    [893.1, 904.5, "cpu.self"],
    [904.5, 909.3, "cpu.child"],
    [909.3, 928.5, "wait.child"],
    [928.5, 931.8, "runtime"],
    [931.8, 940.4, "cpu.child"],
    [940.4, 958.5, "cpu.self"],
    [958.5, 960.4, "wait.other"],
    [960.4, 964, "unprofiled"],
  ];
})();

const intervals: Readonly<Record<string, readonly [low: number, high: number]>> = {
  "cpu.self": [589.1, 606.8],
  "loop.held": [197.4, 201.9],
  "wait.child": [62.1, 67.3],
  gc: [63.6, 64],
  "cpu.child": [14.9, 28.6],
  runtime: [2.2, 11],
  "wait.pool": [3.9, 4.5],
  unprofiled: [0, 10.1],
  "wait.other": [0, 5.2],
};
const tops: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  "cpu.self": [
    ["JSON.parse", 229.5],
    ["reviveDate", 89.1],
  ],
  gc: [["mark-compact", 33]],
  "cpu.child": [["fetch", 12.8]],
};

const frameOf = (name: string) => ({
  function: name,
  file: null as string | null,
  line: null as number | null,
  package: null,
  kind: "app" as const,
});

function sums(of: readonly Piece[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [from, to, name] of of) found.set(name, (found.get(name) ?? 0) + nano(to) - nano(from));
  return found;
}

function rowsOf(of: readonly Piece[], whole: number) {
  return [...sums(of)]
    .sort((a, b) => b[1] - a[1])
    .map(([name, value]) => {
      const interval = intervals[name];
      const known = whole === 964 && interval !== undefined;
      return {
        class: name,
        nano: value,
        share: value / nano(whole),
        low: known ? nano(interval[0]) : Math.round(value * 0.96),
        high: known ? nano(interval[1]) : Math.round(value * 1.05),
        ticks: value > 20e6 ? Math.floor(value / 10.1e6) : Math.round(value / 10.1e6),
        ...(tops[name] === undefined || whole !== 964
          ? {}
          : { top: tops[name].map(([frame, ms]) => ({ frame: frameOf(frame), nano: nano(ms) })) }),
        ...(name === "wait.child" && whole === 964
          ? {
              parts: (
                [
                  ["remote", 46.2, 43.6, 48.1],
                  ["network", 5.8, 3.9, 7.9],
                  ["overlapped", 11.9, 11.8, 12],
                  ["loop_return", 1, 0.4, 1.6],
                ] as const
              ).map(([part, ms, low, high]) => ({
                class: part,
                nano: nano(ms),
                share: ms / 964,
                low: nano(low),
                high: nano(high),
                ticks: 0,
              })),
            }
          : {}),
      };
    });
}

const coverage = {
  periodNano: 10_100_000,
  expectedTicks: 97,
  ticks: 93,
  lostTicks: 1,
  windows: 1,
  clockErrorNano: 400_000,
  method: "journal",
};
const blame = [
  [
    "request",
    "POST /export",
    exportTrace,
    exportSpan,
    "buildCsv",
    "src/export/csv.ts",
    88,
    191.3,
    189,
    193.5,
  ],
  [
    "request",
    "GET /cart",
    cartTrace,
    "b5519e0d7723ac61",
    String.raw`RegExp: ^(?:\w+ )+(?:at|on) \d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?$`,
    null,
    null,
    5.2,
    5,
    5.4,
  ],
  ["unlabelled", null, null, null, "flushMetrics", "prom-client/lib/registry.js", 212, 3.2, 3, 3.4],
] as const;

export interface StorySpan {
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly startUnixNano: string;
  readonly durationNano: number;
  readonly profile: { readonly state: string };
}

/** Each span of the trace is a cut of the story, in its own time. */
function piecesOf(span: StorySpan): readonly Piece[] {
  const whole = span.durationNano / 1e6;
  const name = `${span.service} ${span.name}`;
  const cut = (from: number, to: number): readonly Piece[] =>
    pieces
      .filter(([a, b]) => b > from && a < to)
      .map(([a, b, c]) => [
        r1(Math.max(a, from) - from),
        r1(Math.min(b, to) - from),
        c === "cpu.child" ? "cpu.self" : c,
      ]);
  switch (name) {
    case "checkout GET /cart":
      return pieces;
    case "checkout GET cart-store /carts/{id}":
      return cut(22.4, 271.4);
    case "checkout POST pricing /quote":
      return cut(904.5, 940.4);
    case "web GET /cart":
      return [
        [0, 1.2, "cpu.self"],
        [1.2, 5.9, "wait.child"],
        [5.9, 6.1, "cpu.self"],
        [6.1, 978.9, "wait.child"],
        [978.9, 981.4, "cpu.child"],
        [981.4, 981.6, "cpu.self"],
      ];
    case "pricing POST /quote":
      return [
        [0, 1.8, "cpu.self"],
        [1.8, 5.4, "wait.child"],
        [5.4, 5.8, "cpu.self"],
        [5.8, 14.3, "cpu.child"],
        [14.3, 15.3, "cpu.self"],
      ];
    default:
      return [[0, whole, "wait.child"]];
  }
}

const empty = { rows: [], blame: [], children: [] };

export function storyLedger(span: StorySpan): unknown {
  const hero = span.spanId === spanId;
  const head = {
    state: span.profile.state,
    spanId: span.spanId,
    service: span.service,
    instance: "7d9f2c4a7d9f2c4a7d9f2c4a7d9f2c4a",
    thread: 0,
    startUnixNano: span.startUnixNano,
    durationNano: span.durationNano,
    coverage,
  };
  if (span.profile.state !== "ready") return { ...head, ...empty };
  return {
    ...head,
    rows: rowsOf(piecesOf(span), span.durationNano / 1e6),
    blame: hero
      ? blame.map(([kind, endpoint, trace, holder, fn, file, line, ms, low, high]) => ({
          kind,
          endpoint,
          traceId: trace,
          spanId: holder,
          frame: { ...frameOf(fn), file, line },
          nano: nano(ms),
          low: nano(low),
          high: nano(high),
        }))
      : [],
    children: hero
      ? [
          ["00000000000000a7", "GET cart-store /carts/{id}", "http", 249, 36.2, 2.9, 4.2],
          ["00000000000000b1", "POST pricing /quote", "http", 35.9, 15.3, 2.9, 0],
          ["00000000000000a6", "redis GET", "db", 6.6, null, null, 0],
        ].map(([id, name, kind, open, remote, network, queued]) => ({
          spanId: id,
          name,
          kind,
          openNano: nano(Number(open)),
          remoteNano: remote === null ? null : nano(Number(remote)),
          queuedNano: nano(Number(queued)),
          networkNano: network === null ? null : nano(Number(network)),
          loopReturnNano: { low: 400_000, high: 1_600_000 },
        }))
      : [],
  };
}

type TurnDraft = readonly [from: number, to: number, label: number | null, frame: string | null];
const turns: readonly TurnDraft[] = [
  [-36.2, -28.4, 2, "listCarts"],
  [-14, -3.1, 3, "hash"],
  [0, 4.6, 0, "route"],
  [11.2, 15.6, 0, "decodeSession"],
  [19.8, 24.6, 0, null],
  [31, 34.6, 4, null],
  [51.8, 255, 1, "buildCsv"],
  [255, 260.2, 2, "JSON.parse"],
  [260.2, 263.4, null, "flushMetrics"],
  [263.4, 909.3, 0, "parseCart"],
  [914.2, 917.9, 4, null],
  [928.5, 958.5, 0, "renderCart"],
  [960.4, 964, 0, null],
  [966, 985.2, 2, "JSON.parse"],
  [991, 1004, 3, "hash"],
];
const gcBeyond: readonly Piece[] = [
  [97.2, 103.6, "gc"],
  [171.4, 178.9, "gc"],
  [229.1, 233.8, "gc"],
];

/** The part of the story from `from` (the span's own start) as one thread's timeline. */
export function storyTimeline(span: StorySpan, padMs: number): unknown {
  const whole = span.durationNano / 1e6;
  const state = span.profile.state;
  const none = { turns: [], gc: [], idle: [], span: [], children: [], ticks: [], labels: [] };
  if (state !== "ready")
    return { state, t0UnixNano: span.startUnixNano, durationNano: span.durationNano, ...none };
  // Where the span begins in the story's time.
  const origin =
    span.spanId === spanId
      ? 0
      : span.name === "GET cart-store /carts/{id}"
        ? 22.4
        : span.name === "POST pricing /quote"
          ? 904.5
          : undefined;
  const t0 = -padMs;
  const place = (from: number, to: number): { start: number; dur: number } => ({
    start: nano(from - t0),
    dur: nano(to) - nano(from),
  });
  const inView = (from: number, to: number): boolean => to > t0 && from < whole + padMs;
  const shift = origin ?? 0;
  const cut = <T extends readonly [number, number, ...unknown[]]>(of: readonly T[]): readonly T[] =>
    origin === undefined
      ? []
      : of
          .map((one) => [one[0] - shift, one[1] - shift, ...one.slice(2)] as unknown as T)
          .filter((one) => inView(one[0], one[1]));
  const own = piecesOf(span);
  const ticks: { t: number; class: string | null }[] = [];
  const next = random(5);
  for (let at = -37.8 - shift; at < whole + padMs; at += 10.1) {
    if (at < t0 || next() < 0.02) continue;
    const busy = cut(turns).some(([a, b]) => at >= a && at < b);
    const piece = own.find(([a, b]) => at >= a && at < b);
    if (busy) ticks.push({ t: nano(at - t0), class: piece?.[2] ?? null });
  }
  const label = (trace: string, id: string, endpoint: string) => ({ traceId: trace, spanId: id, endpoint });
  return {
    state,
    t0UnixNano: String(BigInt(span.startUnixNano) + BigInt(nano(t0))),
    durationNano: nano(whole + 2 * padMs),
    turns: cut(turns).map(([a, b, one, frame]) => ({
      ...place(a, b),
      label: one ?? 5,
      frame: frame === null ? null : frameOf(frame),
    })),
    gc: cut([...pieces.filter((one) => one[2] === "gc"), ...gcBeyond]).map(([a, b]) => place(a, b)),
    idle: [],
    span: own.map(([a, b, name]) => ({ ...place(a, b), class: name })),
    children:
      span.spanId === spanId
        ? [
            { spanId: "00000000000000a6", name: "redis GET", ...place(4.6, 11.2), answered: null },
            {
              spanId: "00000000000000a7",
              name: "GET cart-store /carts/{id}",
              ...place(22.4, 271.4),
              answered: nano(62.4 - t0),
            },
            {
              spanId: "00000000000000b1",
              name: "POST pricing /quote",
              ...place(904.5, 940.4),
              answered: nano(926.1 - t0),
            },
          ]
        : [],
    ticks,
    labels: [
      label(traceId, spanId, "GET /cart"),
      label(exportTrace, exportSpan, "POST /export"),
      label(cartTrace, "b5519e0d7723ac61", "GET /cart"),
      label("5".repeat(32), "5".repeat(16), "POST /login"),
      label("6".repeat(32), "6".repeat(16), "GET /items"),
      null,
    ],
  };
}

const traceSums: readonly (readonly [string, number, number, number])[] = [
  ["cpu.self", 635.4, 622, 647.9],
  ["loop.held", 199.7, 197.4, 201.9],
  ["gc", 63.8, 63.6, 64],
  ["unprofiled", 42.7, 36.2, 52.8],
  ["wait.child", 27.6, 24.1, 31],
  ["runtime", 6.3, 2.2, 11],
  ["wait.pool", 4.2, 3.9, 4.5],
  ["wait.other", 1.9, 0, 5.2],
];

export function storyTraceLedger(startUnixNano: string): unknown {
  return {
    state: "ready",
    spanId: "00000000000000a0",
    service: "web",
    instance: null,
    thread: null,
    startUnixNano,
    durationNano: 981_600_000,
    coverage: { ...coverage, windows: 3 },
    rows: traceSums.map(([name, ms, low, high]) => ({
      class: name,
      nano: nano(ms),
      share: ms / 981.6,
      low: nano(low),
      high: nano(high),
      ticks: Math.round(ms / 10.1),
      ...(name === "cpu.self" ? { top: [{ frame: frameOf("JSON.parse"), nano: nano(546.3) }] } : {}),
    })),
    blame: (
      storyLedger({
        spanId,
        service: "checkout",
        name: "GET /cart",
        startUnixNano,
        durationNano: 964_000_000,
        profile: { state: "ready" },
      }) as { blame: unknown }
    ).blame,
    children: [],
  };
}

/** The ledger of one found trace: the story's shares with a spread, summing to its duration. */
export function storyRowLedger(id: string, durationNano: number): { class: string; nano: number }[] | null {
  const next = random(Number.parseInt(id.slice(0, 7), 16));
  if (id === traceId) return traceSums.map(([name, ms]) => ({ class: name, nano: nano(ms) }));
  if (next() < 0.04) return null;
  const slow = durationNano > 500e6;
  const weights: readonly (readonly [string, number])[] = [
    ["cpu.self", slow ? 560 + 60 * next() : 30],
    ["cpu.child", 9 + 6 * next()],
    ["gc", slow ? 55 + 20 * next() : 2],
    ["runtime", 8],
    ["loop.held", slow ? 120 + 250 * next() ** 2 : 6],
    ["wait.child", 70 + 40 * next()],
    ["wait.other", 3],
    ["unprofiled", 2 + 3 * next()],
  ];
  const all = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let left = durationNano;
  return weights.map(([name, weight], index) => {
    const value = index === weights.length - 1 ? left : Math.round((durationNano * weight) / all);
    left -= value;
    return { class: name, nano: value };
  });
}

export function storyDelayed(): unknown {
  return {
    nano: nano(191.3 + 61.2),
    delayed: [
      [traceId, spanId, "checkout", "GET /cart", 191.3, 189, 193.5],
      ["5".repeat(32), "5".repeat(16), "checkout", "POST /login", 61.2, 58.9, 63.4],
    ].map(([trace, id, service, endpoint, ms, low, high]) => ({
      traceId: trace,
      spanId: id,
      service,
      endpoint,
      nano: nano(Number(ms)),
      low: nano(Number(low)),
      high: nano(Number(high)),
    })),
  };
}

const classDeltas: readonly (readonly [string, number, number, number, number, number])[] = [
  ["cpu.self", 31.4, 579.6, 531.8, 564.2, 0.0005],
  ["loop.held", 5.6, 198.7, 171.2, 214.7, 0.0005],
  ["gc", 2.3, 62.3, 56.4, 63.7, 0.0005],
  ["wait.child", 88.4, 93.1, -3.9, 13.1, 0.61],
  ["runtime", 6.2, 8.4, -0.6, 5.1, 0.44],
  ["cpu.child", 9.7, 11.6, -0.9, 4.8, 0.52],
  ["wait.pool", 0.9, 2.3, -0.2, 3.1, 0.37],
  ["unprofiled", 2, 2.3, -0.8, 1.4, 0.98],
  ["wait.other", 1.1, 1.2, -0.7, 0.9, 1],
  ["stalled", 0.4, 0.5, -0.4, 0.6, 1],
];

export function storyRootCause(examples: readonly string[]): unknown {
  const contribution = (
    name: string,
    before: number,
    after: number,
    low: number,
    high: number,
    p: number,
    more: object = {},
  ) => ({
    class: name,
    ...more,
    slowNano: nano(after),
    baselineNano: nano(before),
    deltaNano: nano(after) - nano(before),
    share: (after - before) / 812,
    low: nano(low),
    high: nano(high),
    p,
    significant: p < 0.05,
    exampleTraceIds: p < 0.05 ? examples.slice(0, 3) : [],
  });
  const rest = (name: string, before: number, after: number, low: number, high: number, p: number) => {
    const { class: _, exampleTraceIds: __, ...difference } = contribution(name, before, after, low, high, p);
    return { rest: difference };
  };
  const rests: Readonly<Record<string, object>> = {
    "cpu.self": rest("cpu.self", 23.2, 31.4, -2.1, 18.4, 0.24),
    "loop.held": rest("loop.held", 3.5, 6.6, -1.2, 7.3, 0.48),
  };
  const contributions = [
    contribution("cpu.self", 8.2, 548.2, 524.6, 556.1, 0.0005, {
      level: "function",
      function: "JSON.parse",
      caller: "parseCart",
      file: "src/cart/parse.ts",
      line: 31,
    }),
    contribution("loop.held", 2.1, 192.1, 168.3, 211.5, 0.0005, {
      level: "endpoint",
      endpoint: "POST /export",
      blame: "request",
      function: "buildCsv",
      file: "src/export/csv.ts",
      line: 88,
    }),
    ...classDeltas.map(([name, before, after, low, high, p]) =>
      contribution(name, before, after, low, high, p, { level: "class", ...rests[name] }),
    ),
  ]
    .map((one) => ({ one, shown: ("rest" in one ? one.rest : one) as typeof one }))
    .sort(
      (a, b) =>
        Number(b.shown.significant) - Number(a.shown.significant) || b.shown.deltaNano - a.shown.deltaNano,
    )
    .map(({ one }) => one)
    .map((one, index) => ({ rank: index + 1, ...one }));
  return {
    slow: {
      spans: 200,
      meanNano: nano(960),
      p50Nano: nano(951),
      p95Nano: nano(1180),
      minNano: nano(620),
      maxNano: nano(1390),
    },
    baseline: {
      spans: 200,
      meanNano: nano(148),
      p50Nano: nano(148),
      p95Nano: nano(171),
      minNano: nano(121),
      maxNano: nano(174),
    },
    excessNano: nano(812),
    explainedNano: nano(790),
    coverage: 0.96,
    contributions,
    attributes: [
      { key: "service.version", value: "1.1.0", slowShare: 1, baselineShare: 0.61, p: 0.0005 },
      { key: "cart.items", value: "1000 and more", slowShare: 0.97, baselineShare: 0.02, p: 0.0005 },
      { key: "user.tier", value: "business", slowShare: 0.88, baselineShare: 0.09, p: 0.0005 },
      { key: "cloud.availability_zone", value: "eu-1b", slowShare: 0.41, baselineShare: 0.33, p: 0.38 },
    ],
    sentence:
      "p95 is 812 ms over the median: 540 ms JSON.parse in parseCart, 190 ms the loop was held by POST /export, 60 ms garbage collection.",
    sentenceParts: [
      { text: "p95 is 812 ms over the median" },
      { text: ": " },
      { text: "540 ms JSON.parse in parseCart", class: "cpu.self" },
      { text: ", " },
      { text: "190 ms the loop was held by POST /export", class: "loop.held" },
      { text: ", " },
      { text: "60 ms garbage collection", class: "gc" },
      { text: "." },
    ],
    warnings: [],
    excess: { low: nano(785.2), high: nano(838.9), p: 0.0005 },
  };
}
