import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { Contribution, RootCause } from "../api/ledger-types.ts";
import { AxisMarks } from "../components/Axis.tsx";
import { Scroll } from "../components/Scroll.tsx";
import { classCss } from "../ledger/classes.ts";
import { counted, ms, percent, shortId } from "../lib/format.ts";
import { linearTicks, spacedMarks } from "../lib/scale.ts";
import { useWidth } from "../lib/useWidth.ts";
import { pWords, signed } from "../lib/signed.ts";
import type { CompareState } from "../state/compare.ts";
import { viewOfContribution } from "../state/compare-from.ts";
import { causeGroups, type CauseRow, causeRows, causeWords } from "./model.ts";

/** What makes the difference: causes ranked, then what may be chance; all rows together are the excess. */
export function ContributionTable(props: {
  readonly answer: RootCause;
  /** Both sides' profiles; functions lead there. */
  readonly compare: CompareState | undefined;
}) {
  const { answer } = props;
  const rows = causeRows(answer);
  const { ranked, small, chance, smallChance } = causeGroups(rows);
  const significant = ranked.length + small.length;
  const [open, setOpen] = useState<ReadonlySet<"small" | "chance">>(new Set());
  const isOpen = { small: open.has("small"), chance: open.has("chance") };
  const toggle = (which: "small" | "chance"): void =>
    setOpen(new Set((["small", "chance"] as const).filter((one) => (one === which) !== isOpen[one])));
  const shown = [...ranked, ...(isOpen.small ? small : []), ...chance, ...(isOpen.chance ? smallChance : [])];
  const scale = Math.max(
    1,
    ...shown.flatMap(({ difference: { slowNano, baselineNano, high } }) => [
      slowNano,
      baselineNano,
      baselineNano + high,
    ]),
  );
  const drawRow = (row: CauseRow) => (
    <Row key={keyOf(row.of)} row={row} scale={scale} compare={props.compare} />
  );
  const axis = useRef<HTMLTableCellElement>(null);
  const width = useWidth(axis);
  const marks = linearTicks(0, scale / 1e6, Math.max(2, Math.floor(width / 60))).map((at, index) => ({
    share: (at * 1e6) / scale,
    text: index === 0 ? "0 ms" : at.toLocaleString("en-US"),
  }));
  return (
    <section aria-labelledby="causes-title">
      <div className="head">
        <h2 id="causes-title">What makes the difference</h2>
        <span className="muted">mean per span, largest first</span>
        <span className="end key" aria-hidden="true">
          <span>
            <i className="dot base" />
            baseline
          </span>
          <span>
            <i className="dot slow" />
            slow
          </span>
          <span>
            <i className="span95" />
            95 % interval
          </span>
        </span>
      </div>
      <Scroll label="Contributions">
        <table className="rank">
          <caption className="vh">Contributions to the excess</caption>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">Contribution</th>
              <th scope="col" className="db-h hide-s" ref={axis}>
                <span className="vh">From baseline to slow, ms</span>
                <span className="axis" aria-hidden="true">
                  <AxisMarks marks={spacedMarks(marks, width)} />
                </span>
              </th>
              <th scope="col" className="num hide-s">
                Baseline, ms
              </th>
              <th scope="col" className="num hide-s">
                Slow, ms
              </th>
              <th scope="col" className="num">
                Difference
              </th>
              <th scope="col" className="num">
                95 % interval
              </th>
              <th scope="col" className="num hide-s">
                Of excess
              </th>
              <th scope="col" className="num">
                p
              </th>
              <th scope="col" className="num">
                Example
              </th>
            </tr>
          </thead>
          <tbody>
            {ranked.map(drawRow)}
            <Fold
              rows={small}
              words={counted(small.length, "smaller one")}
              open={isOpen.small}
              onToggle={() => toggle("small")}
            />
            {isOpen.small && small.map(drawRow)}
            {chance.map(drawRow)}
            <Fold
              rows={smallChance}
              words={`${counted(smallChance.length, "smaller one")} that may be chance`}
              open={isOpen.chance}
              onToggle={() => toggle("chance")}
            />
            {isOpen.chance && smallChance.map(drawRow)}
          </tbody>
          <tfoot>
            <tr>
              <td />
              <th scope="row">All spans</th>
              <td className="hide-s" />
              <td className="num hide-s">{ms(answer.baseline.meanNano)}</td>
              <td className="num hide-s">{ms(answer.slow.meanNano)}</td>
              <td className="num">{signed(ms(answer.excessNano), answer.excessNano)}</td>
              <td />
              <td className="num hide-s">{percent(1)}</td>
              <td />
              <td />
            </tr>
          </tfoot>
        </table>
      </Scroll>
      <p className="note">
        {significant === 0
          ? "No contribution differs by more than chance."
          : `${significant === 1 ? "Row 1 is" : `Rows 1–${significant} are`} significant; rows without a number may be chance.`}
        {props.compare !== undefined && significant > 0 && " Click a contribution: both sides’ flame graphs."}{" "}
        p is corrected for the number of contributions.
      </p>
    </section>
  );
}

const keyOf = (one: Contribution): string =>
  [one.class, one.level, one.rank, one.function, one.endpoint, one.child].join(" ");

// A part may have grown less where the whole grew more.
const shareWords = (share: number): string =>
  share < -0.0005 ? `−${percent(-share)}` : percent(Math.max(0, share));

/** Several rows as one, with their sums, until they are asked for. */
function Fold(props: {
  readonly rows: readonly CauseRow[];
  readonly words: string;
  readonly open: boolean;
  readonly onToggle: () => void;
}) {
  const { rows, open } = props;
  if (rows.length === 0) return null;
  const delta = sumOf(rows, "deltaNano");
  // Unfolded the rows have the numbers: a column sums to the excess either way.
  const sums = !open;
  return (
    <tr className="rest">
      <td />
      <th scope="row">
        <button type="button" className="link" aria-expanded={open} onClick={props.onToggle}>
          {open ? "▾" : "▸"} {props.words}
        </button>
      </th>
      <td className="hide-s" />
      <td className="num hide-s">{sums && ms(sumOf(rows, "baselineNano"))}</td>
      <td className="num hide-s">{sums && ms(sumOf(rows, "slowNano"))}</td>
      <td className="num">{sums && signed(ms(delta), delta)}</td>
      <td />
      <td className="num hide-s">
        {sums && shareWords(rows.reduce((sum, { difference }) => sum + difference.share, 0))}
      </td>
      <td />
      <td />
    </tr>
  );
}

const sumOf = (rows: readonly CauseRow[], name: "slowNano" | "baselineNano" | "deltaNano"): number =>
  rows.reduce((sum, row) => sum + row.difference[name], 0);

function Row(props: {
  readonly row: CauseRow;
  readonly scale: number;
  readonly compare: CompareState | undefined;
}) {
  const { row, scale, compare } = props;
  const { of: one, difference, number } = row;
  const { deltaNano } = difference;
  const trace = one.exampleTraceIds[0];
  const words = causeWords(one);
  const strong = words.mono === true ? <code>{words.strong}</code> : words.strong;
  const delta = signed(ms(deltaNano), deltaNano);
  const view = number === undefined || compare === undefined ? undefined : viewOfContribution(one, compare);
  return (
    <tr className={number === undefined ? "rest" : undefined}>
      <td className="muted">{number}</td>
      <th scope="row">
        <i className={`sw ${classCss(one.class)}`} aria-hidden="true" />
        {words.before}
        <b title={words.title}>{view === undefined ? strong : <Link {...view}>{strong}</Link>}</b>
        {words.after}
        {words.sub !== undefined && (
          <span className="sub" title={words.path}>
            {words.sub}
          </span>
        )}
      </th>
      <td className="hide-s">
        <Dumbbell of={one} difference={difference} scale={scale} />
      </td>
      <td className="num hide-s">{ms(difference.baselineNano)}</td>
      <td className="num hide-s">{ms(difference.slowNano)}</td>
      <td className="num">{number === undefined ? delta : <b>{delta}</b>}</td>
      <td className="num muted">
        {signed(ms(difference.low), difference.low)} … {signed(ms(difference.high), difference.high)}
      </td>
      <td className="num hide-s">{shareWords(difference.share)}</td>
      <td className="num">{pWords(difference.p)}</td>
      <td className="num">
        {trace !== undefined && number !== undefined && (
          <Link
            to="/trace/$traceId"
            params={{ traceId: trace }}
            aria-label={`Example trace ${shortId(trace)}`}
          >
            <code>{shortId(trace)}</code>
          </Link>
        )}
      </td>
    </tr>
  );
}

/** Baseline and slow on one scale, and where the slow mean may lie. The columns beside it say the same. */
function Dumbbell(props: {
  readonly of: Contribution;
  readonly difference: CauseRow["difference"];
  readonly scale: number;
}) {
  const { difference, of: one, scale } = props;
  const at = (nano: number): number => Math.max(0, Math.min(100, (nano / scale) * 100));
  const [from, to] = [at(difference.baselineNano), at(difference.slowNano)];
  const [low, high] = [
    at(difference.baselineNano + difference.low),
    at(difference.baselineNano + difference.high),
  ];
  return (
    <span className="db" aria-hidden="true">
      <i
        className={`ln ${classCss(one.class)}`}
        style={{ left: `${Math.min(from, to)}%`, width: `${Math.abs(to - from)}%` }}
      />
      <i className="er" style={{ left: `${low}%`, width: `${high - low}%` }} />
      <i className="pa" style={{ left: `${from}%` }} />
      <i className={`pb ${classCss(one.class)}`} style={{ left: `${to}%` }} />
    </span>
  );
}
