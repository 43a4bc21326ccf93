// Who held the loop. A ledger tells it by function; a reader asks for the request first. Pure.
import type { LedgerBlame } from "../api/ledger-types.ts";
import { framePlace, isCode } from "./frames.ts";

/** One request (or garbage collection, or whatever else) that held the loop, with all of its functions. */
export interface Holder extends Omit<LedgerBlame, "frame"> {
  /** What it ran, the longest first. */
  readonly frames: readonly { readonly frame: LedgerBlame["frame"]; readonly nano: number }[];
  /** Of its time, collections it made. */
  readonly gcNano: number;
}

const byNano = (a: { readonly nano: number }, b: { readonly nano: number }): number => b.nano - a.nano;

const sumOf = (parts: readonly LedgerBlame[], value: (one: LedgerBlame) => number): number =>
  parts.reduce((sum, one) => sum + value(one), 0);

/** Each holder once, the longest first. */
export function holdersOf(blame: readonly LedgerBlame[]): readonly Holder[] {
  const keyOf = ({ kind, endpoint, traceId, spanId }: LedgerBlame): string =>
    JSON.stringify([spanId === null ? kind : "request", endpoint, traceId, spanId]);
  return [...Map.groupBy(blame, keyOf).values()]
    .map((parts): Holder => {
      const { frame: _, ...first } = parts[0] as LedgerBlame;
      const frames = Map.groupBy(parts, ({ frame }) => `${frame.function} ${framePlace(frame)}`);
      return {
        ...first,
        kind: first.spanId === null ? first.kind : "request",
        gcNano: sumOf(parts, ({ kind, nano }) => (kind === "gc" ? nano : 0)),
        nano: sumOf(parts, ({ nano }) => nano),
        low: sumOf(parts, ({ low }) => low),
        high: sumOf(parts, ({ high }) => high),
        frames: [...frames.values()]
          .flatMap((same) => {
            const { frame } = same[0] as LedgerBlame;
            return isCode(frame.function, frame.file)
              ? [{ frame, nano: sumOf(same, ({ nano }) => nano) }]
              : [];
          })
          .toSorted(byNano),
      };
    })
    .toSorted(byNano);
}

/** Whose time is told of: another request of the same name must not read as itself. */
export interface Own {
  readonly traceId: string;
  /** Endpoints and names under which it is known. */
  readonly names: ReadonlySet<string>;
}

export const ownOf = (
  traceId: string,
  spans: readonly { readonly name: string; readonly endpoint: string | null }[],
): Own => ({
  traceId,
  names: new Set(spans.flatMap(({ name, endpoint }) => (endpoint === null ? [name] : [name, endpoint]))),
});

/** A request amid a sentence: `POST /upload`, `another GET /cart`, `GET /quote of this trace`. */
export function requestName(endpoint: string, traceId: string | null, own?: Own): string {
  const name =
    endpoint === "" ? "another request" : own?.names.has(endpoint) ? `another ${endpoint}` : endpoint;
  return own !== undefined && traceId === own.traceId ? `${name} of this trace` : name;
}

/** Requests of one endpoint, one or several, amid a sentence: `other GET /cart requests`. */
export function requestsName(
  endpoint: string,
  traceIds: ReadonlySet<string | null>,
  own: Own | undefined,
): string {
  if (traceIds.size > 1) return own?.names.has(endpoint) ? `other ${endpoint} requests` : endpoint;
  return requestName(endpoint, [...traceIds][0] ?? null, own);
}

interface Held {
  /** At the beginning of a line. */
  readonly words: string;
  /** Amid a sentence. */
  readonly name: string;
  readonly nano: number;
}

/** The names that the held time is under, the longest first: requests of one endpoint count together. */
export function heldByName(blame: readonly LedgerBlame[], own?: Own): readonly Held[] {
  return [...Map.groupBy(blame, (one) => holderName(one, own)).values()]
    .map((parts): Held => {
      const first = parts[0] as LedgerBlame;
      const name = first.endpoint
        ? requestsName(first.endpoint, new Set(parts.map(({ traceId }) => traceId)), own)
        : holderName(first, own);
      return { words: lineStart(name, first.endpoint), name, nano: sumOf(parts, ({ nano }) => nano) };
    })
    .toSorted(byNano);
}

type Named = Pick<LedgerBlame, "endpoint" | "kind" | "traceId">;

/** An endpoint, or work of no request, amid a sentence. */
function holderName({ endpoint, kind, traceId }: Named, own?: Own): string {
  if (endpoint !== null && endpoint !== "") return requestName(endpoint, traceId, own);
  switch (kind) {
    case "request":
      return requestName("", traceId, own);
    case "unlabelled":
      return "work of no request";
    case "gc":
      return "garbage collection";
    case "runtime":
      return "the Node.js runtime";
  }
}

/** The same at the beginning of a line. */
export const holderWords = (holder: Named, own?: Own): string =>
  lineStart(holderName(holder, own), holder.endpoint);

/** What people named stays as they wrote it. */
const lineStart = (name: string, endpoint: string | null): string =>
  endpoint && name.startsWith(endpoint) ? name : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
