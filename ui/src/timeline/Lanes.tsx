import { type ReactNode, useId, useMemo } from "react";
import type { LedgerClass } from "../api/ledger-types.ts";
import { classToken } from "../ledger/classes.ts";
import { useLit } from "../ledger/lit.ts";
import { kidLines, kidRow, scaleOf, spanBoxes, tickMarks, turnBoxes } from "./boxes.ts";
import type { Owner, TimelineView } from "./view.ts";

interface LaneProps {
  readonly view: TimelineView;
  readonly width: number;
}

/** What is not this span's time is shaded, and its two ends are drawn through. */
function Lane(props: LaneProps & { readonly height: number; readonly children: ReactNode }) {
  const { view, width, height } = props;
  const x = scaleOf(view, width);
  const [start, end] = [x(0), x(view.duration)];
  return (
    <svg className="lane" width={width} height={height} aria-hidden="true">
      <rect className="out" x={0} y={0} width={Math.max(0, start)} height={height} />
      <rect className="out" x={end} y={0} width={Math.max(0, width - end)} height={height} />
      <rect className="base" x={0} y={height - 1} width={width} height={1} />
      {props.children}
      <rect className="edge" x={Math.round(start)} y={0} width={1} height={height} />
      <rect className="edge" x={Math.min(width - 1, Math.round(end))} y={0} width={1} height={height} />
    </svg>
  );
}

const ownerClass: Readonly<Record<Owner, LedgerClass | undefined>> = {
  self: "cpu.self",
  held: "loop.held",
  other: undefined,
  none: undefined,
};

// The class under the pointer stays, the rest fades.
const fade = (lit: LedgerClass | undefined, name: LedgerClass | undefined): number | undefined =>
  lit === undefined || lit === name ? undefined : 0.22;

export function TurnLane({ view, width }: LaneProps) {
  const { lit } = useLit();
  const boxes = useMemo(() => turnBoxes(view, width), [view, width]);
  const x = scaleOf(view, width);
  return (
    <Lane view={view} width={width} height={34}>
      {boxes.map((box) => (
        <g key={box.x} className={`o-${box.kind}`} opacity={fade(lit, ownerClass[box.kind])}>
          <rect x={box.x} y={4} width={Math.max(1, box.width)} height={25} />
          {box.label !== "" && (
            <text x={box.x + 5} y={14}>
              {box.label}
            </text>
          )}
        </g>
      ))}
      {view.gc.map((piece) => (
        <rect
          key={piece.start}
          className="gc"
          opacity={fade(lit, "gc")}
          x={x(piece.start)}
          y={22}
          width={Math.max(1, x(piece.end) - x(piece.start))}
          height={7}
        />
      ))}
    </Lane>
  );
}

export function SpanLane({ view, width }: LaneProps) {
  const { lit } = useLit();
  const hatch = useId();
  const boxes = useMemo(() => spanBoxes(view, width), [view, width]);
  return (
    <Lane view={view} width={width} height={26}>
      <defs>
        <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="hatch-line" width="1.5" height="5" />
        </pattern>
      </defs>
      {boxes.map((box) => (
        <rect
          key={box.x}
          x={box.x}
          y={4}
          width={box.width}
          height={17}
          opacity={fade(lit, box.kind)}
          style={{ fill: box.kind === "unprofiled" ? `url(#${hatch})` : `var(${classToken(box.kind)})` }}
        />
      ))}
    </Lane>
  );
}

export function KidLane({ view, width }: LaneProps) {
  const { lit } = useLit();
  const lines = useMemo(() => kidLines(view, width), [view, width]);
  return (
    <Lane view={view} width={width} height={Math.max(28, 14 + view.lanes * kidRow)}>
      {lines.map(({ spanId, y, left, answered, right, name }) => (
        <g key={`${spanId} ${left}`}>
          <rect
            className="open"
            opacity={fade(lit, "wait.child")}
            x={left}
            y={y}
            width={Math.max(2, answered - left)}
            height={2}
          />
          <path className="ends" d={`M${left} ${y - 3}v8M${answered} ${y - 3}v8`} />
          {answered < right - 1 && (
            <path
              className="late"
              opacity={fade(lit, "loop.held")}
              d={`M${answered} ${y + 1}H${right}M${right} ${y - 3}v8`}
            />
          )}
          {name !== undefined && (
            <text x={name.x} y={y + 2} textAnchor={name.before ? "end" : "start"}>
              {name.text}
            </text>
          )}
        </g>
      ))}
    </Lane>
  );
}

export function TickLane({ view, width }: LaneProps) {
  const { lit } = useLit();
  const marks = useMemo(() => tickMarks(view, width), [view, width]);
  return (
    <Lane view={view} width={width} height={20}>
      {marks.map((mark) => (
        <rect
          key={mark.x}
          x={mark.x}
          y={5}
          width={1.5}
          height={10}
          opacity={fade(lit, mark.class ?? undefined)}
          style={{ fill: `var(${mark.class === null ? "--ink-3" : classToken(mark.class)})` }}
        />
      ))}
    </Lane>
  );
}
