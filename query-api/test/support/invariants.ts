// What holds of every answer of a kind, whatever was asked. Each returns what is wrong, or nothing.
import type {
  Compare,
  Heatmap,
  Ledger,
  Profile,
  RootCause,
  Series,
  Top,
  Trace,
  Traces,
} from "../../src/types.ts";

type Check = (body: never) => readonly string[];

function* profile({ total, nodes, frames, samples }: Profile): Generator<string> {
  const { frame, parent, self, total: totals, samples: counts, highlighted } = nodes;
  const n = frame.length;
  for (const [name, column] of Object.entries({
    parent,
    self,
    totals,
    counts,
    highlighted: highlighted ?? frame,
  }))
    if (column.length !== n) yield `${name} has ${column.length} entries, frame ${n}`;
  const sums = [...self];
  const last = new Map<number, number>();
  for (let i = n - 1; i > 0; i--) {
    const above = parent[i] as number;
    if (above < 0 || above >= i) yield `the parent of ${i} is ${above}`;
    if (sums[i] !== totals[i]) yield `total of ${i} is ${totals[i]}, self and children ${sums[i]}`;
    sums[above] = (sums[above] ?? 0) + (sums[i] ?? 0);
    if ((last.get(above) ?? 0) > (totals[i] ?? 0)) yield `${i} stands before a greater sibling`;
    last.set(above, totals[i] ?? 0);
  }
  if (n === 0 || parent[0] !== -1) yield "node 0 is not the root";
  if (sums[0] !== total || totals[0] !== total) yield `the root is ${totals[0]} and ${sums[0]} of ${total}`;
  if (counts[0] !== samples) yield `the root has ${counts[0]} of ${samples} samples`;
  if (frame.some((one) => one < 0 || one >= frames.length)) yield "a frame that is not there";
}

function* ledger({ state, rows, durationNano }: Ledger): Generator<string> {
  if (state !== "ready" && rows.length > 0) yield `rows in state ${state}`;
  if (state !== "ready") return;
  const sum = rows.reduce((all, { nano }) => all + nano, 0);
  if (sum !== durationNano) yield `rows sum to ${sum} of ${durationNano}`;
  if (new Set(rows.map((row) => row.class)).size !== rows.length) yield "a class twice";
  for (const { class: name, nano, low, high, parts } of rows) {
    if (!(low <= nano && nano <= high)) yield `${name}: ${low} ≤ ${nano} ≤ ${high}`;
    const inParts = parts?.reduce((all, part) => all + part.nano, 0) ?? nano;
    if (inParts !== nano) yield `${name}: parts sum to ${inParts} of ${nano}`;
  }
}

function* rootCause({ slow, baseline, excessNano, contributions }: RootCause): Generator<string> {
  if (excessNano !== slow.meanNano - baseline.meanNano) yield "the excess is not the difference of the means";
  const sum = contributions
    .filter(({ level }) => level === "class")
    .reduce((all, { deltaNano }) => all + deltaNano, 0);
  if (sum !== excessNano) yield `classes sum to ${sum} of ${excessNano}`;
  for (const [i, { rank, p, low, high }] of contributions.entries()) {
    if (rank !== i + 1) yield `rank ${rank} at ${i + 1}`;
    if (!(p >= 0 && p <= 1) || low > high) yield `p ${p}, ${low} … ${high}`;
  }
}

function* compare({ nodes, functions }: Compare): Generator<string> {
  const { frame, parent, baseTotal, otherTotal } = nodes;
  for (const column of [parent, baseTotal, otherTotal])
    if (column.length !== frame.length) yield "columns of different length";
  if (parent.some((above, i) => above >= i)) yield "a parent behind its child";
  for (const { base, other, delta } of functions)
    if (Math.abs(other - base - delta) > 1e-6 * Math.max(1, Math.abs(base), Math.abs(other)))
      yield `${other} − ${base} is not ${delta}`;
}

function* series({ series: lines, stepNano }: Series): Generator<string> {
  for (const { points } of lines)
    for (const [i, [at]] of points.entries()) {
      if (at % (stepNano / 1e6) !== 0) yield `${at} does not begin a step`;
      if (i > 0 && at <= (points[i - 1]?.[0] ?? 0)) yield "steps out of order";
    }
}

function* trace({ spans, durationNano, criticalPath }: Trace): Generator<string> {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  if (ids.size !== spans.length) yield "a span twice";
  if (criticalPath.some(({ spanId }) => !ids.has(spanId))) yield "a critical span that is not there";
  const path = criticalPath.reduce((all, one) => all + one.durationNano, 0);
  if (path > durationNano) yield `the critical path is ${path} of ${durationNano}`;
}

function* traces({ traces: rows }: Traces): Generator<string> {
  if (new Set(rows.map(({ traceId }) => traceId)).size !== rows.length) yield "a trace twice";
}

function* heatmap({ cells, edgesNano }: Heatmap): Generator<string> {
  if (edgesNano.some((edge, i) => i > 0 && edge <= (edgesNano[i - 1] ?? 0))) yield "edges out of order";
  for (const [, row, count, errors] of cells)
    if ((row ?? 0) >= edgesNano.length - 1 || (errors ?? 0) > (count ?? 0) || count === 0)
      yield "an impossible cell";
}

function* top({ functions }: Top): Generator<string> {
  for (const [i, { self, total }] of functions.entries()) {
    if (self > total) yield `self ${self} of ${total}`;
    if (i > 0 && self > (functions[i - 1]?.self ?? 0)) yield "functions out of order";
  }
}

interface Speedscope {
  readonly profiles: readonly { endValue: number; samples: readonly unknown[]; weights: readonly number[] }[];
}

/** Of a profile in its own format, or in speedscope's. */
function either(body: Profile | Speedscope | undefined): string[] {
  if (body === undefined) return [];
  if (!("profiles" in body)) return [...profile(body)];
  return body.profiles.flatMap(({ endValue, samples, weights }) => {
    const sum = weights.reduce((all, one) => all + one, 0);
    return sum === endValue && samples.length === weights.length
      ? []
      : [`weights sum to ${sum} of ${endValue}`];
  });
}

const ofState = (body: { readonly profile?: Profile } | Speedscope): string[] =>
  either("profiles" in body ? body : body.profile);

/** By operationId. */
export const INVARIANTS: Readonly<Record<string, Check | undefined>> = {
  getProfile: (body) => either(body),
  getSpanProfile: (body) => ofState(body),
  getTraceProfile: (body) => ofState(body),
  getSpanLedger: (body) => [...ledger(body)],
  getTraceLedger: (body) => [...ledger(body)],
  rootCause: (body) => [...rootCause(body)],
  compareProfiles: (body) => [...compare(body)],
  getProfileSeries: (body) => [...series(body)],
  getTrace: (body) => [...trace(body)],
  searchTraces: (body) => [...traces(body)],
  latencyHeatmap: (body) => [...heatmap(body)],
  getTopFunctions: (body) => [...top(body)],
};
