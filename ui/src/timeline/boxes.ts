// Lanes in pixels: what stands where, no finer than can be seen. Pure.
import type { LedgerClass } from "../api/ledger-types.ts";
import { fitLabel } from "../flamegraph/label.ts";
import type { Owner, TimelineView } from "./view.ts";

export interface Box<Kind> {
  readonly x: number;
  readonly width: number;
  readonly kind: Kind;
  readonly label: string;
}

// 11 px text is 6 px a letter on average; a label a little too long is cut by its box.
const measure = (text: string): number => text.length * 6;

export const scaleOf = (view: TimelineView, width: number): ((time: number) => number) => {
  const perNano = width / (view.to - view.from);
  return (time) => (time - view.from) * perNano;
};

interface Piece<Kind> {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
  readonly text?: string;
}

/** Thin neighbours of one kind are one box; of several thin ones in one pixel the longest is drawn. */
export function boxesOf<Kind>(
  pieces: readonly Piece<Kind>[],
  x: (time: number) => number,
): readonly Box<Kind>[] {
  const boxes: { x: number; width: number; kind: Kind; label: string }[] = [];
  for (const piece of pieces) {
    const left = x(piece.start);
    const width = x(piece.end) - left;
    const last = boxes.at(-1);
    if (last !== undefined && width < 1) {
      const end = last.x + last.width;
      if (last.kind === piece.kind && left - end < 0.5 && last.width < 40) {
        last.width = left + width - last.x;
        continue;
      }
      // Both within one pixel.
      if (last.width < 1 && left + width - last.x < 1) {
        if (width > last.width) last.kind = piece.kind;
        last.width = left + width - last.x;
        continue;
      }
    }
    const label = piece.text === undefined || width < 34 ? "" : fitLabel(piece.text, width - 10, measure);
    boxes.push({ x: left, width: Math.max(0.5, width), kind: piece.kind, label });
  }
  return boxes;
}

export function turnBoxes(view: TimelineView, width: number): readonly Box<Owner>[] {
  const pieces = view.turns.map((turn) => ({
    start: turn.start,
    end: turn.end,
    kind: turn.owner,
    text: turn.frame === undefined ? turn.who : `${turn.who} · ${turn.frame}`,
  }));
  return boxesOf(pieces, scaleOf(view, width));
}

export function spanBoxes(view: TimelineView, width: number): readonly Box<LedgerClass>[] {
  const pieces = view.span.map((piece) => ({ start: piece.start, end: piece.end, kind: piece.class }));
  return boxesOf(pieces, scaleOf(view, width));
}

/** One mark a pixel. */
export function tickMarks(
  view: TimelineView,
  width: number,
): readonly { readonly x: number; readonly class: LedgerClass | null }[] {
  const x = scaleOf(view, width);
  const marks: { x: number; class: LedgerClass | null }[] = [];
  for (const tick of view.ticks) {
    const at = x(tick.at);
    if (at - (marks.at(-1)?.x ?? -2) >= 1.5) marks.push({ x: at, class: tick.class });
  }
  return marks;
}

export interface KidLine {
  readonly spanId: string;
  readonly y: number;
  readonly left: number;
  readonly answered: number;
  readonly right: number;
  readonly name: { readonly x: number; readonly text: string; readonly before: boolean } | undefined;
}

export const kidRow = 13;

/** A name stands beside its line where no other line of its lane is; else only the table has it. */
export function kidLines(view: TimelineView, width: number): readonly KidLine[] {
  const x = scaleOf(view, width);
  return view.kids.map((kid, index) => {
    const left = x(kid.start);
    const right = Math.max(left + 3, x(kid.end));
    const answered = kid.answered === undefined ? right : Math.min(right, Math.max(left, x(kid.answered)));
    const same = view.kids.filter((one, other) => other !== index && one.lane === kid.lane);
    const next = Math.min(width, ...same.filter((one) => one.start >= kid.start).map((one) => x(one.start)));
    const before = Math.max(0, ...same.filter((one) => one.start < kid.start).map((one) => x(one.end)));
    const size = measure(kid.name);
    const name =
      right + 6 + size < next
        ? { x: right + 6, text: kid.name, before: false }
        : left - 6 - size > before
          ? { x: left - 6, text: kid.name, before: true }
          : undefined;
    return { spanId: kid.spanId, y: 12 + kid.lane * kidRow, left, answered, right, name };
  });
}
