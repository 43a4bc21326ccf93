import type { RootCause } from "../api/ledger-types.ts";
import { barWords, classCss } from "../ledger/classes.ts";
import { duration } from "../lib/format.ts";
import { segmentsOf } from "../ledger/view.ts";
import { barOrder } from "./model.ts";

/** Both sides on one scale: what is alike first, what differs at the right end. The table is their equal. */
export function TwoLedgers({ answer }: { readonly answer: RootCause }) {
  const rows = barOrder(answer);
  const whole = Math.max(answer.slow.meanNano, answer.baseline.meanNano);
  const sides = [
    { words: "baseline, mean", mean: answer.baseline.meanNano, of: "baselineNano" },
    { words: "slow, mean", mean: answer.slow.meanNano, of: "slowNano" },
  ] as const;
  return (
    <div className="two" aria-hidden="true">
      {sides.map((side) => (
        <div key={side.of} className="side-row">
          <div className="l">
            <b>{duration(side.mean)}</b>
            {side.words}
          </div>
          <div className="bar">
            {segmentsOf(
              rows.map((row) => ({ class: row.class, nano: row[side.of] })),
              whole,
            ).map((segment) => (
              <i
                key={segment.class}
                title={`${barWords(segment.class)} ${duration(segment.nano)}`}
                className={`${classCss(segment.class)}${segment.width < 4 ? " s" : ""}`}
                style={{ width: `${segment.width}%` }}
              >
                {segment.width >= 4 && <span className="lb">{barWords(segment.class)}</span>}
              </i>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}
