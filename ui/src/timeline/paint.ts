// The lanes on canvas: a long span has thousands of turns and ticks.
import type { LedgerClass } from "../api/ledger-types.ts";
import { fitLabel } from "../flamegraph/label.ts";
import { classToken } from "../ledger/classes.ts";
import type { Owner, TimelineView } from "./view.ts";

export interface Scene {
  readonly view: TimelineView;
  readonly width: number;
  readonly lit: LedgerClass | undefined;
  readonly token: (name: string) => string;
}

export type Painter = (context: CanvasRenderingContext2D, scene: Scene, height: number) => void;

export const laneHeights = { turns: 34, span: 26, ticks: 20, kid: 13 } as const;
export const kidsHeight = (lanes: number): number => Math.max(28, 14 + lanes * laneHeights.kid);

const fills: Readonly<Record<Owner, readonly [fill: string, ink: string]>> = {
  self: ["--c-cpu-self", "--on-cpu-self"],
  held: ["--c-loop-held", "--on-loop-held"],
  other: ["--line-strong", "--ink"],
  none: ["--ink-3", "--bg"],
};

const scaleOf = ({ view, width }: Scene): ((time: number) => number) => {
  const perNano = width / (view.to - view.from);
  return (time) => (time - view.from) * perNano;
};

/** What is not this span's time is shaded, and its two ends are drawn through. */
function frame(context: CanvasRenderingContext2D, scene: Scene, height: number): void {
  const x = scaleOf(scene);
  const { token, width, view } = scene;
  context.fillStyle = token("--surface");
  context.fillRect(0, 0, x(0), height);
  context.fillRect(x(view.duration), 0, width - x(view.duration), height);
  context.fillStyle = token("--line");
  context.fillRect(0, height - 1, width, 1);
}

function ends(context: CanvasRenderingContext2D, scene: Scene, height: number): void {
  const x = scaleOf(scene);
  context.globalAlpha = 1;
  context.fillStyle = scene.token("--ink");
  context.fillRect(Math.round(x(0)), 0, 1, height);
  context.fillRect(Math.min(scene.width - 1, Math.round(x(scene.view.duration))), 0, 1, height);
}

const faded = (lit: LedgerClass | undefined, name: LedgerClass | undefined): number =>
  lit === undefined || lit === name ? 1 : 0.22;
const ownerClass: Readonly<Record<Owner, LedgerClass | undefined>> = {
  self: "cpu.self",
  held: "loop.held",
  other: undefined,
  none: undefined,
};

export const paintTurns: Painter = (context, scene, height) => {
  frame(context, scene, height);
  const x = scaleOf(scene);
  const { view, token, lit } = scene;
  context.font = `11px ${token("--font-sans")}`;
  context.textBaseline = "middle";
  for (const turn of view.turns) {
    const left = x(turn.start);
    const size = Math.max(1, x(turn.end) - left);
    const [fill, ink] = fills[turn.owner];
    context.globalAlpha = faded(lit, ownerClass[turn.owner]);
    context.fillStyle = token(fill);
    context.fillRect(left, 4, size, height - 9);
    if (size < 34) continue;
    const text = turn.frame === undefined ? turn.who : `${turn.who} · ${turn.frame}`;
    const label = fitLabel(text, size - 10, (one) => context.measureText(one).width);
    context.fillStyle = token(ink);
    context.fillText(label, left + 5, height / 2 - 3);
  }
  context.globalAlpha = faded(lit, "gc");
  for (const piece of view.gc) {
    const left = x(piece.start);
    const size = Math.max(1, x(piece.end) - left);
    context.fillStyle = token("--bg");
    context.fillRect(left - 0.5, height - 12, size + 1, 7);
    context.fillStyle = token("--c-gc");
    context.fillRect(left, height - 11, size, 6);
  }
  ends(context, scene, height);
};

export const paintSpan: Painter = (context, scene, height) => {
  frame(context, scene, height);
  const x = scaleOf(scene);
  const { view, token, lit } = scene;
  for (const piece of view.span) {
    const left = x(piece.start);
    const size = Math.max(0.5, x(piece.end) - left);
    context.globalAlpha = faded(lit, piece.class);
    if (piece.class === "unprofiled") hatch(context, left, 4, size, height - 9, token);
    else {
      context.fillStyle = token(classToken(piece.class));
      context.fillRect(left, 4, size, height - 9);
    }
  }
  ends(context, scene, height);
};

function hatch(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  token: (name: string) => string,
): void {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = token("--c-unprofiled");
  context.lineWidth = 1.5;
  for (let at = left - height; at < left + width; at += 5) {
    context.beginPath();
    context.moveTo(at, top + height);
    context.lineTo(at + height, top);
    context.stroke();
  }
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  context.restore();
}

export const paintKids: Painter = (context, scene, height) => {
  frame(context, scene, height);
  const x = scaleOf(scene);
  const { view, token, lit, width } = scene;
  context.font = `11px ${token("--font-sans")}`;
  context.textBaseline = "middle";
  // Names that would run into the next child of their lane are left to the table.
  const nextStart = (index: number): number => {
    const kid = view.kids[index];
    const next = view.kids.slice(index + 1).find((one) => one.lane === kid?.lane);
    return next === undefined ? width : x(next.start);
  };
  view.kids.forEach((kid, index) => {
    const y = 12 + kid.lane * laneHeights.kid;
    const left = x(kid.start);
    const right = Math.max(left + 3, x(kid.end));
    const answered = kid.answered === undefined ? right : Math.min(right, Math.max(left, x(kid.answered)));
    context.globalAlpha = faded(lit, "wait.child");
    context.fillStyle = token("--c-wait-child");
    context.fillRect(left, y, Math.max(2, answered - left), 2);
    context.fillStyle = token("--ink-2");
    context.fillRect(left, y - 3, 1, 8);
    context.fillRect(answered - 1, y - 3, 1, 8);
    if (answered < right - 1) {
      context.globalAlpha = faded(lit, "loop.held");
      context.fillStyle = token("--c-loop-held");
      for (let at = answered; at < right; at += 7) context.fillRect(at, y, Math.min(4, right - at), 2);
      context.fillRect(right - 1, y - 3, 1, 8);
    }
    context.globalAlpha = 1;
    context.fillStyle = token("--ink-2");
    const size = context.measureText(kid.name).width;
    if (right + 6 + size < nextStart(index)) context.fillText(kid.name, right + 6, y + 1);
    else if (left - 6 - size > 0 && leftIsFree(view, index, x, left - 6 - size)) {
      context.fillText(kid.name, left - 6 - size, y + 1);
    }
  });
  ends(context, scene, height);
};

function leftIsFree(view: TimelineView, index: number, x: (time: number) => number, from: number): boolean {
  const lane = view.kids[index]?.lane;
  return !view.kids.slice(0, index).some((one) => one.lane === lane && x(one.end) > from);
}

export const paintTicks: Painter = (context, scene, height) => {
  frame(context, scene, height);
  const x = scaleOf(scene);
  const { view, token, lit } = scene;
  for (const tick of view.ticks) {
    context.globalAlpha = faded(lit, tick.class ?? undefined);
    context.fillStyle = token(tick.class === null ? "--ink-3" : classToken(tick.class));
    context.fillRect(x(tick.at), 5, 1.5, 10);
  }
  ends(context, scene, height);
};
