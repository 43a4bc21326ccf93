import "./timeline.css";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { TimelineLabel } from "../api/ledger-types.ts";
import { AxisMarks } from "../components/Axis.tsx";
import { Tip } from "../components/Tip.tsx";
import { classWords } from "../ledger/classes.ts";
import { ms, msUnit, shortId } from "../lib/format.ts";
import { linearTicks, spacedMarks } from "../lib/scale.ts";
import { useWidth } from "../lib/useWidth.ts";
import { KidLane, SpanLane, TickLane, TurnLane } from "./Lanes.tsx";
import { Says } from "./Says.tsx";
import { TurnTable } from "./TurnTable.tsx";
import { summary, type TimelineView, type Turn, turnAt, turnSearch, turnWords } from "./view.ts";

/** The loop of the span's thread around it: who ran, what the span did, its children, the ticks. */
export function LoopTimeline({ view, thread }: { readonly view: TimelineView; readonly thread: string }) {
  const navigate = useNavigate();
  const lane = useRef<HTMLDivElement>(null);
  const width = useWidth(lane);
  const [hover, setHover] = useState<{ x: number; y: number; time: number; onTurns: boolean }>();
  const [walked, setWalked] = useState<number>();
  const { turns } = view;
  const walkedTurn = walked === undefined ? undefined : turns[walked];
  const perNano = width / (view.to - view.from);
  // Only turns lead somewhere; the lanes under them are of this span.
  const hovered = hover?.onTurns === true ? turns[turnAt(turns, hover.time)] : undefined;

  const onMove = (event: PointerEvent): void => {
    const inner = lane.current?.getBoundingClientRect();
    if (inner === undefined || event.clientX < inner.left || event.clientX > inner.right) {
      return setHover(undefined);
    }
    setHover({
      x: event.clientX,
      y: event.clientY,
      time: view.from + (event.clientX - inner.left) / perNano,
      onTurns: lane.current?.contains(event.target as Node) === true,
    });
  };
  const openTurn = (turn: Turn | undefined): void => {
    const label = leadsTo(turn);
    if (label === undefined) return;
    void navigate({
      to: "/trace/$traceId",
      params: { traceId: label.traceId },
      search: { span: label.spanId, ...turnSearch(view, turn) },
    });
  };
  const onKey = (event: KeyboardEvent): void => {
    const last = turns.length - 1;
    const first = turns.findIndex((turn) => turn.end > 0);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      setWalked(walked === undefined ? Math.max(0, first) : Math.max(0, Math.min(last, walked + step)));
    } else if (event.key === "Home") setWalked(0);
    else if (event.key === "End") setWalked(last);
    else if (event.key === "Enter" && walked !== undefined) openTurn(walkedTurn);
    else if (event.key === "Escape" && walked !== undefined) setWalked(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // Lanes end where the box ends, at any width, so the rule is placed from there.
  const ruled = hover?.time ?? (walkedTurn === undefined ? undefined : Math.max(view.from, walkedTurn.start));
  const marks = [
    ...linearTicks(0, view.duration / 1e6, Math.max(2, Math.floor(width / 110))).map((at, index) => ({
      share: (at * 1e6 - view.from) / (view.to - view.from),
      text: index === 0 ? `${at} ms` : at.toLocaleString("en-US"),
    })),
    {
      share: (view.duration - view.from) / (view.to - view.from),
      text: (view.duration / 1e6).toLocaleString("en-US", { maximumFractionDigits: 1 }),
    },
  ];
  const words = summary(view);
  return (
    <section aria-labelledby="loop-title">
      <div className="head">
        <h2 id="loop-title">The loop of this thread</h2>
        <span className="muted">
          turns of {thread} from {ms(-view.from)} ms before to {ms(Math.max(0, view.to - view.duration))} ms
          after the span
        </span>
        <Key view={view} />
      </div>
      <div
        className="tl"
        tabIndex={0}
        role="application"
        aria-label={`Loop timeline. ${words} Left and right walk the turns, Enter opens the trace of one.`}
        aria-describedby="loop-readout"
        onPointerMove={onMove}
        onPointerLeave={() => setHover(undefined)}
        onKeyDown={onKey}
      >
        <div className="lab hide-s" />
        <Says view={view} width={width} />
        <div className="lab">Loop turns</div>
        <div
          ref={lane}
          className={hovered !== undefined && leadsTo(hovered) !== undefined ? "goes" : undefined}
          onClick={() => openTurn(hovered)}
        >
          {width > 0 && <TurnLane view={view} width={width} />}
        </div>
        <div className="lab">This span</div>
        <div>{width > 0 && <SpanLane view={view} width={width} />}</div>
        {view.kids.length > 0 && (
          <>
            <div className="lab">
              Child spans
              {view.hiddenKids > 0 && <small className="faint"> {view.hiddenKids} more</small>}
            </div>
            <div>{width > 0 && <KidLane view={view} width={width} />}</div>
          </>
        )}
        <div className="lab">Ticks</div>
        <div>{width > 0 && <TickLane view={view} width={width} />}</div>
        <div className="lab hide-s" />
        <div className="axis" aria-hidden="true">
          {width > 0 && <AxisMarks marks={spacedMarks(marks, width, { keepLast: true })} />}
        </div>
        {ruled !== undefined && (
          <span className="rule" style={{ right: `${(view.to - ruled) * perNano}px` }} />
        )}
      </div>
      {/* Those who see the lanes need no words for them until they walk. */}
      <p className={walkedTurn === undefined ? "vh" : "readout"} id="loop-readout" aria-live="polite">
        <span>
          {walkedTurn === undefined ? words : `${turnWords(walkedTurn)}.`}
          {leadsTo(walkedTurn) !== undefined && <span className="muted">Enter opens its trace.</span>}
        </span>
      </p>
      <TurnTable view={view} />
      {hover !== undefined && <TimeTip view={view} {...hover} />}
    </section>
  );
}

/** Whose trace a turn opens: of this span's own there is nothing more to see. */
const leadsTo = (turn: Turn | undefined): TimelineLabel | undefined =>
  turn === undefined || turn.owner === "self" || turn.label?.traceId === "" ? undefined : turn.label;

function TimeTip(props: {
  readonly view: TimelineView;
  readonly x: number;
  readonly y: number;
  readonly time: number;
  readonly onTurns: boolean;
}) {
  const { view, x, y, time } = props;
  const turn = view.turns[turnAt(view.turns, time)];
  const label = props.onTurns ? leadsTo(turn) : undefined;
  const piece = view.span.find((one) => one.start <= time && time < one.end);
  const kids = view.kids.filter((one) => one.start <= time && time < one.end).slice(0, 3);
  return (
    <Tip x={x} y={y}>
      <b>{msUnit(time)}</b>
      <span className="muted">{turn === undefined ? "loop idle" : turnWords(turn)}</span>
      {label !== undefined && <div>Click: trace {shortId(label.traceId)} at this turn</div>}
      {piece !== undefined && (
        <dl>
          <dt>This span</dt>
          <dd>
            {classWords(piece.class)}, {msUnit(piece.end - piece.start)}
          </dd>
          {kids.map((kid) => (
            <div className="pair" key={kid.spanId}>
              <dt>{kid.name}</dt>
              <dd>{kid.answered !== undefined && time > kid.answered ? "answered, not yet read" : "open"}</dd>
            </div>
          ))}
        </dl>
      )}
    </Tip>
  );
}

function Key({ view }: { readonly view: TimelineView }) {
  const has = (owner: string): boolean => view.turns.some((turn) => turn.owner === owner);
  const late = view.kids.some((kid) => kid.answered !== undefined && kid.answered < kid.end - 1e5);
  return (
    <span className="end key" aria-hidden="true">
      <span>
        <i className="sw c c-cpu-self" />
        this span
      </span>
      {view.culprit !== undefined && (
        <span>
          <i className="sw c c-loop-held" />
          {view.culprit}
        </span>
      )}
      {has("other") && (
        <span>
          <i className="sw other" />
          other requests
        </span>
      )}
      {has("none") && (
        <span>
          <i className="sw none" />
          no request
        </span>
      )}
      {view.gc.length > 0 && (
        <span>
          <i className="sw c c-gc" />
          GC
        </span>
      )}
      <span>empty: idle</span>
      {late && (
        <span>
          <i className="late" />
          answered, not yet read
        </span>
      )}
    </span>
  );
}
