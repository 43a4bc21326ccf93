// The state of the trace view in the address.
import { compact, type RawSearch, readChoice, readFlag, readNumber, readText, readTexts } from "./raw.ts";

export interface TraceState {
  /** The selected span. */
  readonly span?: string | undefined;
  /** The selected row shows its details. */
  readonly open?: true | undefined;
  readonly find?: string | undefined;
  /** Ids of the spans whose children are folded away. */
  readonly fold?: readonly string[] | undefined;
  /** The part of the time axis in view, in ms from the trace's start. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** A turn of the loop to look at until another part is chosen, in Unix ms: a link may not know when the trace began. */
  readonly turnFrom?: number | undefined;
  readonly turnTo?: number | undefined;
  /** The critical path is not drawn. */
  readonly noPath?: true | undefined;
  /** What the bars' colours mean; absent is the ledger. */
  readonly colour?: "service" | undefined;
}

const id = (text: string | undefined): string | undefined =>
  text !== undefined && /^[0-9a-f]{16}$/.test(text) ? text : undefined;

export function validateTrace(raw: RawSearch): TraceState {
  const from = readNumber(raw, "from");
  const to = readNumber(raw, "to");
  const zoomed = to !== undefined && (from ?? 0) < to;
  const [turnFrom, turnTo] = [readNumber(raw, "turnFrom"), readNumber(raw, "turnTo")];
  const turn = !zoomed && turnFrom !== undefined && turnTo !== undefined && turnFrom < turnTo;
  const fold = readTexts(raw, "fold")?.filter((one) => id(one) !== undefined);
  return compact<TraceState>({
    span: id(readText(raw, "span")),
    open: readFlag(raw, "open"),
    find: readText(raw, "find"),
    fold: fold === undefined || fold.length === 0 ? undefined : fold,
    from: zoomed ? (from ?? 0) : undefined,
    to: zoomed ? to : undefined,
    turnFrom: turn ? turnFrom : undefined,
    turnTo: turn ? turnTo : undefined,
    noPath: readFlag(raw, "noPath"),
    colour: readChoice(raw, "colour", ["ledger", "service"]) as "service" | undefined,
  });
}

/** Whether the way back should lead to the state before: zoomed, or details opened or closed. Moving along the axis is none. */
export const isStep = (before: TraceState, next: TraceState): boolean =>
  before.open !== next.open || zoomOf(before) !== zoomOf(next);

/** How much of the axis is in view, µs; undefined: all, or a turn. */
const zoomOf = ({ from, to, turnTo }: TraceState): number | undefined =>
  to === undefined ? turnTo : Math.round((to - (from ?? 0)) * 1e3);
