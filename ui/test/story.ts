// Answers of the query API for one made-up shop: checkout's GET /cart spends its time in JSON.parse.
// Everything is computed from a seed, and sums as the API's own answers do.
import type { Heatmap, Profile, Trace, TraceRow } from "@hotspan/query-api/types";

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const hex = (next: () => number, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("");
const nano = (unixMs: number): string => String(BigInt(Math.round(unixMs * 1000)) * 1000n);

export const traceId = "7c1e0f4b2a9d4c51b6f10c2d94ea7715";
export const spanId = "b6f10c2d94ea7715";
export const bigTraceId = "0000000000000000000000000000b16b";

type Span = Trace["spans"][number];
type State = Span["profile"]["state"];

interface Draft {
  readonly id: string;
  readonly parent: string | null;
  readonly service: string;
  readonly name: string;
  readonly start: number;
  readonly ms: number;
  readonly state: State;
  readonly self?: number;
  readonly sub?: number;
  readonly error?: boolean;
}

const drafts: readonly Draft[] = [
  {
    id: "a0",
    parent: null,
    service: "web",
    name: "GET /cart",
    start: 0,
    ms: 981.6,
    state: "ready",
    self: 1,
    sub: 68,
  },
  { id: "a1", parent: "a0", service: "web", name: "GET users /me", start: 1.2, ms: 4.7, state: "too_short" },
  { id: "a2", parent: "a1", service: "users", name: "GET /me", start: 2.2, ms: 2.9, state: "no_agent" },
  {
    id: "a3",
    parent: "a2",
    service: "users",
    name: "pg SELECT users",
    start: 2.9,
    ms: 1.5,
    state: "no_agent",
  },
  {
    id: "a4",
    parent: "a0",
    service: "web",
    name: "GET checkout /cart",
    start: 6.1,
    ms: 972.8,
    state: "ready",
    self: 0,
    sub: 67,
  },
  {
    id: "a5",
    parent: "a4",
    service: "checkout",
    name: "GET /cart",
    start: 9.8,
    ms: 964,
    state: "ready",
    self: 64,
    sub: 66,
  },
  {
    id: "a6",
    parent: "a5",
    service: "checkout",
    name: "redis GET",
    start: 14.4,
    ms: 6.6,
    state: "too_short",
  },
  {
    id: "a7",
    parent: "a5",
    service: "checkout",
    name: "GET cart-store /carts/{id}",
    start: 32.2,
    ms: 249,
    state: "ready",
    self: 1,
    sub: 1,
  },
  {
    id: "a8",
    parent: "a7",
    service: "cart-store",
    name: "GET /carts/{id}",
    start: 36,
    ms: 36.2,
    state: "no_agent",
  },
  {
    id: "a9",
    parent: "a8",
    service: "cart-store",
    name: "pg SELECT carts",
    start: 38.4,
    ms: 29.5,
    state: "no_agent",
    error: true,
  },
  { id: "b0", parent: "a8", service: "cart-store", name: "encode", start: 68.1, ms: 3.8, state: "no_agent" },
  {
    id: "b1",
    parent: "a5",
    service: "checkout",
    name: "POST pricing /quote",
    start: 914.3,
    ms: 35.9,
    state: "ready",
    self: 1,
    sub: 2,
  },
  {
    id: "b2",
    parent: "b1",
    service: "pricing",
    name: "POST /quote",
    start: 920.6,
    ms: 15.3,
    state: "ready",
    self: 1,
    sub: 1,
  },
  {
    id: "b3",
    parent: "b2",
    service: "pricing",
    name: "redis MGET",
    start: 922.4,
    ms: 3.6,
    state: "too_short",
  },
  {
    id: "b4",
    parent: "b2",
    service: "pricing",
    name: "evaluateRules",
    start: 926.4,
    ms: 8.5,
    state: "pending",
  },
  { id: "b5", parent: "a0", service: "web", name: "render", start: 978.9, ms: 2.5, state: "too_short" },
];

const idOf = (short: string): string => (short === "a5" ? spanId : `00000000000000${short}`);

function spanOf(draft: Draft, startMs: number): Span {
  const sampled = draft.state === "ready";
  return {
    spanId: idOf(draft.id),
    parentSpanId: draft.parent === null ? null : idOf(draft.parent),
    service: draft.service,
    instance: sampled ? "7d9f2c4a7d9f2c4a7d9f2c4a7d9f2c4a" : null,
    thread: sampled ? 0 : null,
    name: draft.name,
    kind: draft.name.startsWith("GET /") ? "server" : "client",
    endpoint: draft.service === "users" ? null : "GET /cart",
    startUnixNano: nano(startMs + draft.start),
    durationNano: Math.round(draft.ms * 1e6),
    status: draft.error === true ? "error" : "unset",
    ...(draft.error === true ? { statusMessage: "canceling statement due to conflict with recovery" } : {}),
    attributes: {
      "http.route": "/cart",
      "http.response.status_code": "200",
      "cart.items": "4812",
      "user.tier": "business",
    },
    resource: {
      "service.name": draft.service,
      "service.version": "1.1.0",
      "host.name": `${draft.service}-7d9f-x2k4`,
      "cloud.availability_zone": "eu-1b",
    },
    events:
      draft.id === "a5"
        ? [
            {
              timeUnixNano: nano(startMs + 66.2),
              name: "cart.loaded",
              attributes: { "cart.bytes": "1843201" },
            },
          ]
        : [],
    links: draft.id === "a5" ? [{ traceId: bigTraceId, spanId: "0000000000000001", attributes: {} }] : [],
    profile: { state: draft.state, selfSamples: draft.self ?? 0, subtreeSamples: draft.sub ?? 0 },
  };
}

export function storyTrace(startMs: number): Trace {
  const piece = (id: string, start: number, ms: number) => ({
    spanId: idOf(id),
    startUnixNano: nano(startMs + start),
    durationNano: Math.round(ms * 1e6),
  });
  return {
    traceId,
    startUnixNano: nano(startMs),
    durationNano: 981_600_000,
    complete: true,
    criticalPath: [
      piece("a0", 0, 6.1),
      piece("a4", 6.1, 3.7),
      piece("a5", 9.8, 22.4),
      piece("a7", 32.2, 3.8),
      piece("a8", 36, 36.2),
      piece("a7", 72.2, 209),
      piece("a5", 281.2, 633.1),
      piece("b1", 914.3, 35.9),
      piece("a5", 950.2, 23.6),
      piece("a4", 973.8, 5.1),
      piece("b5", 978.9, 2.5),
      piece("a0", 981.4, 0.2),
    ],
    spans: drafts.map((draft) => spanOf(draft, startMs)),
  };
}

/** Many spans, deep and wide, with a missing parent and a few errors. */
export function bigTrace(startMs: number, count: number): Trace {
  const next = random(7);
  const services = ["gateway", "checkout", "cart-store", "pricing", "users", "ledger", "mailer"];
  const spans: Span[] = [];
  const begins: number[] = [];
  for (let i = 0; i < count; i++) {
    const parent = i === 0 ? -1 : Math.max(0, i - 1 - Math.floor(next() ** 3 * 40));
    const begin = parent < 0 ? 0 : (begins[parent] as number) + next() * 2;
    begins.push(begin);
    const service = services[Math.floor(next() * services.length)] as string;
    const ready = next() > 0.5;
    spans.push({
      ...spanOf(
        {
          id: "zz",
          parent: null,
          service,
          name: `step ${i % 97}`,
          start: begin,
          ms: i === 0 ? 6000 : 0.2 + next() * 60,
          state: ready ? "ready" : "too_short",
          self: ready ? Math.ceil(next() * 5) : 0,
          sub: ready ? 9 : 0,
          error: next() > 0.997,
        },
        startMs,
      ),
      spanId: (i + 1).toString(16).padStart(16, "0"),
      parentSpanId:
        i === 0 ? null : i === 500 ? "ffffffffffffffff" : (parent + 1).toString(16).padStart(16, "0"),
    });
  }
  return {
    traceId: bigTraceId,
    startUnixNano: nano(startMs),
    durationNano: 6_000_000_000,
    complete: false,
    criticalPath: [],
    spans,
  };
}

interface FrameDraft {
  readonly f: string;
  readonly p: string | null;
  readonly k: Profile["frames"][number]["kind"];
  readonly file?: string;
  /** Own milliseconds. */
  readonly self?: number;
  readonly c?: readonly FrameDraft[];
}

const own = (f: string, file: string, self: number, c: readonly FrameDraft[] = []): FrameDraft => ({
  f,
  p: "checkout",
  k: "app",
  file,
  self,
  c,
});
const v8 = (f: string, self: number, c: readonly FrameDraft[] = []): FrameDraft => ({
  f,
  p: null,
  k: "v8",
  self,
  c,
});
const dep = (p: string, f: string, self: number, c: readonly FrameDraft[] = []): FrameDraft => ({
  f,
  p,
  k: "dependency",
  file: `${p}/${f}.js`,
  self,
  c,
});

const cartStack: FrameDraft = {
  f: "GET /cart",
  p: null,
  k: "runtime",
  c: [
    {
      f: "processTicksAndRejections",
      p: "node:internal",
      k: "node",
      file: "node:internal/process/task_queues",
      c: [
        own("getCart", "src/cart/route.ts", 0, [
          own("loadCart", "src/cart/load.ts", 11.6, [
            own("parseCart", "src/cart/parse.ts", 0, [
              v8("JSON.parse", 229.5, [
                own("reviveDate", "src/cart/parse.ts", 89.1, [
                  own("isIsoDate", "src/cart/parse.ts", 36.5, [v8("RegExp.test", 83.7)]),
                  dep("date-fns", "parseISO", 41.2, [
                    dep("date-fns", "splitDateString", 27.5),
                    dep("date-fns", "parseDate", 13.1),
                  ]),
                  v8("Date", 25.7),
                ]),
              ]),
            ]),
          ]),
          v8("JSON.stringify", 18.1),
          dep("lodash", "groupBy", 11.4),
        ]),
      ],
    },
    { f: "(garbage collector)", p: null, k: "gc", self: 63.8 },
    {
      f: "onStreamRead",
      p: "node:internal",
      k: "node",
      file: "node:internal/stream_base_commons",
      self: 5.4,
      c: [own("decodeSession", "src/session.ts", 5.4)],
    },
  ],
};

export function profileOf(root: FrameDraft, period = 10.1, startMs = 0): Profile {
  const frames: Profile["frames"] = [];
  const index = new Map<string, number>();
  const nodes = {
    frame: [] as number[],
    parent: [] as number[],
    self: [] as number[],
    total: [] as number[],
    samples: [] as number[],
  };
  const place = (draft: FrameDraft, parent: number): number => {
    const key = `${draft.p}/${draft.f} ${draft.file}`;
    if (!index.has(key)) {
      index.set(key, frames.length);
      frames.push({
        function: draft.f,
        file: draft.file ?? null,
        line: draft.file === undefined ? null : 10 + frames.length * 7,
        package: draft.p,
        kind: draft.k,
      });
    }
    const at = nodes.frame.length;
    nodes.frame.push(index.get(key) as number);
    nodes.parent.push(parent);
    nodes.self.push(Math.round((draft.self ?? 0) * 1e6));
    nodes.total.push(0);
    nodes.samples.push(0);
    let total = nodes.self[at] as number;
    for (const child of draft.c ?? []) total += nodes.total[place(child, at)] as number;
    nodes.total[at] = total;
    nodes.samples[at] = Math.max(1, Math.round(total / 1e6 / period));
    return at;
  };
  place(root, -1);
  return {
    type: "wall",
    unit: "nanoseconds",
    total: nodes.total[0] as number,
    samples: nodes.samples[0] as number,
    periodNano: period * 1e6,
    startUnixNano: nano(startMs),
    endUnixNano: nano(startMs + 964),
    truncated: false,
    frames,
    nodes,
  };
}

export function storyProfile(highlight: readonly string[]): Profile {
  const profile = profileOf(cartStack);
  if (highlight.length === 0) return profile;
  const patterns = highlight.map((one) => new RegExp(one));
  const marks = profile.frames.map((frame) =>
    patterns.some((one) => one.test(`${frame.package ?? ""}/${frame.function} ${frame.file ?? ""}`)),
  );
  return {
    ...profile,
    nodes: { ...profile.nodes, highlighted: profile.nodes.frame.map((frame) => marks[frame] === true) },
  };
}

/** As many nodes as the API sends at most, up to 120 deep. */
export function bigProfile(count: number): Profile {
  const next = random(11);
  const packages = ["checkout", "express", "date-fns", "lodash", "pg", "ioredis", "zod", "undici"];
  const frames: Profile["frames"] = Array.from({ length: 900 }, (_, i) => {
    const which = Math.floor(next() * packages.length);
    return {
      function: `fn${i}`,
      file: `${packages[which]}/lib/file${i % 40}.js`,
      line: i,
      package: packages[which] ?? null,
      kind: which === 0 ? ("app" as const) : ("dependency" as const),
    };
  });
  const parent = [-1];
  const depth = [0];
  const self = [0];
  const frame = [0];
  for (let i = 1; i < count; i++) {
    let above = Math.max(0, i - 1 - Math.floor(next() ** 2 * 60));
    if ((depth[above] as number) > 118) above = 0;
    parent.push(above);
    depth.push((depth[above] as number) + 1);
    self.push(Math.round(next() ** 8 * 1e7) + 1000);
    frame.push(1 + Math.floor(next() * 899));
  }
  const total = [...self];
  for (let i = count - 1; i > 0; i--)
    total[parent[i] as number] = (total[parent[i] as number] as number) + (total[i] as number);
  return {
    type: "wall",
    unit: "nanoseconds",
    total: total[0] as number,
    samples: count,
    periodNano: 10_100_000,
    startUnixNano: "0",
    endUnixNano: "1000000000",
    truncated: true,
    frames,
    nodes: { frame, parent, self, total, samples: total.map((one) => Math.ceil(one / 1e7)) },
  };
}

export function storyTraces(from: number, to: number, count: number): TraceRow[] {
  const next = random(3);
  const rows = Array.from({ length: count }, (_, i): TraceRow => {
    const duration = i === 0 ? 981.6 : 60 + 1300 * next() ** 3;
    return {
      traceId: i === 0 ? traceId : hex(next, 32),
      root:
        i === 5 ? null : { spanId: hex(next, 16), service: "web", name: "GET /cart", endpoint: "GET /cart" },
      startUnixNano: nano(from + (to - from) * next()),
      durationNano: Math.round(duration * 1e6),
      spans: 14 + Math.floor(next() * 5),
      errors: next() > 0.93 ? 1 : 0,
      services: ["web", "checkout"],
      samples: Math.floor(duration / 14),
      cpuNano: Math.round(duration * 1e6 * (0.3 + 0.4 * next())),
      complete: next() > 0.05,
    };
  });
  return rows.sort((a, b) => b.durationNano - a.durationNano);
}

export function storyHeatmap(from: number, to: number, columns: number, rows: number): Heatmap {
  if (columns * rows === 1) {
    const fine = storyHeatmap(from, to, 60, 40);
    const count = fine.cells.reduce((sum, cell) => sum + (cell[2] as number), 0);
    return { ...fine, edgesNano: [20e6, 3e9], cells: [[0, 0, count, 0]] };
  }
  const next = random(5);
  const edges = Array.from({ length: rows + 1 }, (_, i) => Math.round(20e6 * (3e9 / 20e6) ** (i / rows)));
  const cells: number[][] = [];
  for (let t = 0; t < columns; t++) {
    for (let d = 0; d < rows; d++) {
      const usual = 60 * Math.exp(-(((d / rows - 0.4) / 0.09) ** 2));
      const slow = t / columns > 0.35 ? 16 * Math.exp(-(((d / rows - 0.77) / 0.05) ** 2)) : 0;
      const count = Math.floor((usual + slow) * (0.5 + next()));
      if (count > 0) cells.push([t, d, count, next() > 0.97 ? 1 : 0]);
    }
  }
  return {
    t0UnixNano: nano(from),
    stepNano: Math.round(((to - from) / columns) * 1e6),
    edgesNano: edges,
    cells,
  };
}
