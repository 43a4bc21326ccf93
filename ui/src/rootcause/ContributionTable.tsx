import { Link } from "@tanstack/react-router";
import { useRef } from "react";
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
import { type CauseRow, causeRows, causeWords } from "./model.ts";

const mostChance = 16;

/** What makes the difference: causes ranked, then what may be chance; all rows together are the excess. */
export function ContributionTable(props: {
  readonly answer: RootCause;
  /** Both sides' profiles; functions lead there. */
  readonly compare: CompareState | undefined;
}) {
  const { answer } = props;
  const rows = causeRows(answer);
  const ranked = rows.filter((row) => row.number !== undefined);
  const chance = rows.filter((row) => row.number === undefined);
  const shown = [...ranked, ...chance.slice(0, mostChance)];
  const hidden = chance.slice(mostChance);
  const scale = Math.max(
    1,
    ...shown.flatMap(({ difference: { slowNano, baselineNano, high } }) => [
      slowNano,
      baselineNano,
      baselineNano + high,
    ]),
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
            {shown.map((row) => (
              <Row key={keyOf(row.of)} row={row} scale={scale} compare={props.compare} />
            ))}
            {hidden.length > 0 && (
              <tr className="rest">
                <td />
                <th scope="row">{counted(hidden.length, "smaller one")} that may be chance</th>
                <td className="hide-s" />
                <td className="num hide-s">{ms(sumOf(hidden, "baselineNano"))}</td>
                <td className="num hide-s">{ms(sumOf(hidden, "slowNano"))}</td>
                <td className="num">{signed(ms(sumOf(hidden, "deltaNano")), sumOf(hidden, "deltaNano"))}</td>
                <td colSpan={4} />
              </tr>
            )}
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
        {ranked.length === 0
          ? "No contribution differs by more than chance."
          : `${ranked.length === 1 ? "Row 1 is" : `Rows 1–${ranked.length} are`} significant; rows without a number may be chance.`}{" "}
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
  const delta = signed(ms(deltaNano), deltaNano);
  const view = number === undefined || compare === undefined ? undefined : viewOfContribution(one, compare);
  return (
    <tr className={number === undefined ? "rest" : undefined}>
      <td className="muted">{number}</td>
      <th scope="row">
        <i className={`sw ${classCss(one.class)}`} aria-hidden="true" />
        {words.before}
        <b>{view === undefined ? words.strong : <Link {...view}>{words.strong}</Link>}</b>
        {words.after}
        {number !== undefined && words.sub !== undefined && <span className="sub">{words.sub}</span>}
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
