import { LEDGER_CLASSES, type LedgerClass } from "../types.ts";
import { type Interval, intervalOf, type Resamples } from "./bootstrap.ts";
import { isNameless, isOwnCode } from "./frames.ts";
import { roundedMeans } from "./means.ts";
import type { Parts } from "./parts.ts";
import { difference, type FamilyTest } from "./permutation.ts";
import { type Pick, pickParts } from "./pick.ts";
import type { Contribution, Difference } from "./result.ts";
import type { Sides } from "./sides.ts";

export interface Measures {
  readonly sides: Sides;
  readonly parts: Parts;
  /** Of the columns `testedColumns`. */
  readonly family: FamilyTest;
  readonly samples: Resamples;
  readonly isSignificant: (p: number) => boolean;
}

/** One family: every class, then every part. */
export function testedColumns(sides: Sides, parts: Parts): Float64Array[] {
  return [...sides.classes, ...parts.parts.map((part) => part.values)];
}

const EXAMPLES = 5;

type Unranked = Omit<Contribution, "rank">;

/** All contributions in their order: causes of the excess, largest first; changes against it; then what may be chance. */
export function contributionsOf(measures: Measures, excessNano: number): Contribution[] {
  const { sides, parts, family, isSignificant } = measures;
  const { slow, spans } = sides;
  const sumOf = (values: Float64Array, from: number, to: number): number => {
    let sum = 0;
    for (let row = from; row < to; row++) sum += values[row]!;
    return sum;
  };
  const slowMeans = roundedMeans(
    sides.classes.map((values) => sumOf(values, 0, slow)),
    slow,
  );
  const baselineMeans = roundedMeans(
    sides.classes.map((values) => sumOf(values, slow, spans.length)),
    sides.baseline,
  );
  const differ = (values: Float64Array, slowNano: number, baselineNano: number, p: number): Difference => {
    const deltaNano = slowNano - baselineNano;
    const interval = intervalOf(values, measures.samples);
    return {
      slowNano,
      baselineNano,
      deltaNano,
      share: excessNano === 0 ? 0 : deltaNano / excessNano,
      low: Math.min(deltaNano, Math.floor(interval.low)),
      high: Math.max(deltaNano, Math.ceil(interval.high)),
      p,
      // Ranks may differ where means do not: what the list calls a difference must be one of means.
      significant: isSignificant(p) && !holdsZero(interval),
    };
  };
  const partP = family.p.subarray(sides.classes.length);
  const rows: Unranked[] = [];
  LEDGER_CLASSES.forEach((name, index) => {
    const values = sides.classes[index]!;
    const whole = differ(values, slowMeans.parts[index]!, baselineMeans.parts[index]!, family.p[index]!);
    const pieces = parts.pieces.get(index) ?? [];
    if (!values.some((value) => value > 0)) return;
    const picks = pickParts(pieces, whole.significant ? whole.deltaNano : 0, {
      parts: parts.parts,
      p: partP,
      rows: spans.length,
      slow,
      pOf: family.outside,
      isSignificant,
      differs: (part) => !holdsZero(intervalOf(part, measures.samples)),
    });
    const named = picks.map((pick): Unranked => {
      const slowNano = Math.round(sumOf(pick.values, 0, slow) / slow);
      const baselineNano = Math.round(sumOf(pick.values, slow, spans.length) / sides.baseline);
      const differs = differ(pick.values, slowNano, baselineNano, pick.p);
      return {
        class: name,
        ...nameOf(pick, parts),
        ...differs,
        exampleTraceIds: examplesOf(pick.values, differs.deltaNano, sides),
      };
    });
    const row: Unranked = {
      class: name,
      level: "class",
      ...whole,
      exampleTraceIds: examplesOf(values, whole.deltaNano, sides),
    };
    if (picks.length === 0) rows.push(row);
    else {
      const left = values.slice();
      for (const pick of picks) pick.values.forEach((value, i) => (left[i]! -= value));
      const sum = (key: "slowNano" | "baselineNano"): number => named.reduce((all, one) => all + one[key], 0);
      const p = family.outside(difference(left, slow));
      const rest = differ(
        left,
        whole.slowNano - sum("slowNano"),
        whole.baselineNano - sum("baselineNano"),
        p,
      );
      rows.push(...named, { ...row, rest });
    }
  });
  return rank(rows, excessNano);
}

function holdsZero({ low, high }: Interval): boolean {
  return low <= 0 && high >= 0;
}

function rank(rows: readonly Unranked[], excessNano: number): Contribution[] {
  const direction = excessNano < 0 ? -1 : 1;
  const group = (shown: Difference): number =>
    !shown.significant ? 2 : shown.deltaNano * direction > 0 ? 0 : 1;
  return rows
    .map((row, i) => ({ row, i, shown: row.rest ?? row }))
    .sort(
      (a, b) =>
        group(a.shown) - group(b.shown) ||
        Math.abs(b.shown.deltaNano) - Math.abs(a.shown.deltaNano) ||
        a.i - b.i,
    )
    .map(({ row }, i) => ({ rank: i + 1, ...row }));
}

function nameOf(pick: Pick, parts: Parts): PartialName {
  const { name } = pick.part;
  if (name.kind === "child") {
    return { level: "child", child: name.name, childKind: name.childKind, childService: name.service };
  }
  const frame = name.frame === undefined ? undefined : parts.frames[name.frame]!;
  const code =
    frame === undefined
      ? {}
      : {
          function: frame.function,
          package: frame.package,
          file: frame.file,
          line: frame.line ?? null,
          ownCode: isOwnCode(frame),
        };
  const caller = name.frame === undefined ? undefined : callerOf(pick, name.frame, parts);
  const place = caller === undefined ? {} : { caller };
  if (name.kind === "blame") {
    return {
      level: "blame",
      ...(typeof name.endpoint === "string" ? { endpoint: name.endpoint } : {}),
      ...(name.work === undefined ? {} : { blame: name.work }),
      ...code,
      ...place,
    };
  }
  return { level: "function", ...code, ...place };
}

type PartialName = Partial<Contribution> & { readonly level: Contribution["level"] };

/**
 * The nearest own code with a name above the function, if it is the same one for most of the time. Of a function without
 * a name the nearest of its own file, where there is one: it stands in that, whatever helper calls it.
 */
function callerOf(pick: Pick, frame: number, parts: Parts): string | undefined {
  const times = new Map<number, number>();
  let total = 0;
  const { file } = parts.frames[frame]!;
  const inFile = isNameless(parts.frames[frame]!) && file !== null;
  for (const { path, nano } of pick.pieces) {
    total += nano;
    const above = path.slice(path.indexOf(frame) + 1).filter((id) => {
      const one = parts.frames[id]!;
      return id !== frame && isOwnCode(one) && !isNameless(one);
    });
    const id = (inFile ? above.find((one) => parts.frames[one]!.file === file) : undefined) ?? above[0];
    if (id !== undefined) times.set(id, (times.get(id) ?? 0) + nano);
  }
  for (const [id, time] of times) if (time > total / 2) return parts.frames[id]!.function;
  return undefined;
}

function examplesOf(values: Float64Array, delta: number, sides: Sides): string[] {
  const [from, to] = delta < 0 ? [sides.slow, values.length] : [0, sides.slow];
  const rows = Array.from({ length: to - from }, (_, i) => from + i)
    .filter((row) => values[row]! > 0)
    .sort((a, b) => values[b]! - values[a]! || a - b);
  const out = new Set<string>();
  for (const row of rows) {
    if (out.size === EXAMPLES) break;
    out.add(sides.spans[row]!.traceId);
  }
  return [...out];
}

/** Of all that the list shows, without naming time twice: what is no chance. */
export function explained(contributions: readonly Contribution[]): number {
  let sum = 0;
  for (const one of contributions) {
    const shown = one.rest ?? one;
    if (shown.significant && !isUnseen(one.class)) sum += shown.deltaNano;
  }
  return sum;
}

function isUnseen(name: LedgerClass): boolean {
  return name === "unprofiled";
}
