import type { Ledger, LedgerRow } from "../api/ledger-types.ts";
import { Scroll } from "../components/Scroll.tsx";
import { ms, percent } from "../lib/format.ts";
import { classCss, classOrder, classWords, partWords } from "./classes.ts";
import type { Own } from "./holders.ts";
import { isWide } from "./interval.ts";
import { onIf, useLit } from "./lit.ts";
import { largestFirst, mostly } from "./view.ts";

/** Every class with its time and its doubt; the last row is their sum. */
export function LedgerTable(props: {
  readonly ledger: Ledger;
  readonly own: Own;
  readonly caption: string;
  readonly sum: string;
}) {
  const { ledger, own } = props;
  const { lit, light } = useLit();
  const rows = largestFirst(ledger.rows.filter((row) => row.nano > 0 || row.high > 0));
  const scale = Math.max(1, ...rows.map((row) => row.high), ...rows.map((row) => row.nano));
  const none = classOrder.filter((name) => !rows.some((row) => row.class === name));
  const withTicks = rows.some((row) => row.ticks > 0);
  return (
    <>
      <Scroll label={props.caption}>
        <table className={lit === undefined ? undefined : "lit"}>
          <caption className="vh">{props.caption}</caption>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" className="num">
                ms
              </th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="hide-s bars">
                <span className="vh">Bar with 95 % interval</span>
              </th>
              <th scope="col" className="num">
                95 % interval
              </th>
              {withTicks && (
                <th scope="col" className="num hide-s">
                  Ticks
                </th>
              )}
              <th scope="col" className="hide-s">
                Mostly
              </th>
            </tr>
          </thead>
          {rows.map((row) => (
            <tbody
              key={row.class}
              onPointerEnter={() => light(row.class)}
              onPointerLeave={() => light(undefined)}
            >
              <tr>
                <th scope="row" className="cls">
                  <i className={`sw ${classCss(row.class)}`} aria-hidden="true" />
                  {classWords(row.class)}
                </th>
                <td className="num">
                  <b>{ms(row.nano)}</b>
                </td>
                <td className="num">{percent(row.share)}</td>
                <td className="hide-s">
                  <IntervalBar row={row} of={row} scale={scale} on={onIf(lit, row.class)} />
                </td>
                <td className={isWide(row) ? "num faint" : "num muted"}>{interval(row)}</td>
                {withTicks && <td className="num muted hide-s">{row.ticks === 0 ? "–" : row.ticks}</td>}
                <td className="hide-s what cut" title={mostly(row, ledger, own)}>
                  {mostly(row, ledger, own)}
                </td>
              </tr>
              {row.parts
                ?.filter((part) => part.nano > 0 || part.high > 0)
                .map((part) => (
                  <tr className="part" key={part.class}>
                    <th scope="row">{partWords(part.class)}</th>
                    <td className="num">{ms(part.nano)}</td>
                    <td className="num">{percent(part.nano / Math.max(1, ledger.durationNano))}</td>
                    <td className="hide-s">
                      <IntervalBar row={part} of={row} scale={scale} on={onIf(lit, row.class)} />
                    </td>
                    <td className={isWide(part) ? "num faint" : "num"}>{interval(part)}</td>
                    {withTicks && <td className="hide-s" />}
                    <td className="hide-s" />
                  </tr>
                ))}
            </tbody>
          ))}
          <tfoot>
            <tr>
              <th scope="row">{props.sum}</th>
              <td className="num">{ms(rows.reduce((sum, row) => sum + row.nano, 0))}</td>
              <td className="num">{percent(rows.reduce((sum, row) => sum + row.share, 0))}</td>
              <td className="hide-s" />
              <td />
              {withTicks && <td className="num hide-s">{rows.reduce((sum, row) => sum + row.ticks, 0)}</td>}
              <td className="hide-s" />
            </tr>
          </tfoot>
        </table>
      </Scroll>
      {none.length > 0 && (
        <p className="note">
          No time in: {none.map((name) => classWords(name).replace(/^(?!Node)[A-Z]/, lower)).join("; ")}.
        </p>
      )}
    </>
  );
}

const lower = (letter: string): string => letter.toLowerCase();
const interval = (row: { readonly low: number; readonly high: number }): string =>
  `${ms(row.low)} – ${ms(row.high)}`;

function IntervalBar(props: {
  readonly row: Pick<LedgerRow, "nano" | "low" | "high">;
  readonly of: LedgerRow;
  readonly scale: number;
  readonly on: string;
}) {
  const { row, scale } = props;
  const at = (nano: number): number => (nano / scale) * 100;
  const width = at(row.high) - at(row.low);
  return (
    <span className="iv" aria-hidden="true">
      <i
        data-c={props.of.class}
        className={`${classCss(props.of.class)}${props.on}`}
        style={{ width: `${at(row.nano)}%` }}
      />
      <u
        className={width < 2 ? "pt" : isWide(row) ? "wide" : undefined}
        style={{ left: `${at(row.low)}%`, width: `${width}%` }}
      />
    </span>
  );
}
