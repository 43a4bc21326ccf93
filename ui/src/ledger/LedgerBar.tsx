import { useState } from "react";
import type { LedgerClass, LedgerRow } from "../api/ledger-types.ts";
import { Tip } from "../components/Tip.tsx";
import { duration, ms, msUnit, percent } from "../lib/format.ts";
import { barWords, classCss, classWords } from "./classes.ts";
import { onIf, useLit } from "./lit.ts";
import { bracketsOf, largestFirst, segmentsOf } from "./view.ts";

/** One ledger as one bar, the largest class first, with the intervals of its edges. The table is its equal. */
export function LedgerBar(props: { readonly rows: readonly LedgerRow[]; readonly durationNano: number }) {
  const { durationNano } = props;
  const { lit, light } = useLit();
  const [tip, setTip] = useState<{ x: number; y: number; name: LedgerClass; interval: boolean }>();
  const rows = largestFirst(props.rows);
  const brackets = bracketsOf(rows, durationNano);
  const hovered = rows.find((row) => row.class === tip?.name);
  return (
    <div
      className={lit === undefined ? "ledger" : "ledger lit"}
      aria-hidden="true"
      onPointerLeave={() => {
        setTip(undefined);
        light(undefined);
      }}
    >
      <div className="bar">
        {segmentsOf(rows, durationNano).map((segment) => (
          <i
            key={segment.class}
            data-c={segment.class}
            className={`${classCss(segment.class)}${segment.width < 3 ? " s" : ""}${onIf(lit, segment.class)}`}
            style={{ width: `${segment.width}%` }}
            onPointerMove={(event) => {
              light(segment.class);
              setTip({ x: event.clientX, y: event.clientY, name: segment.class, interval: false });
            }}
          >
            {segment.width >= 3 && (
              <span className="lb">
                <b>{duration(segment.nano)}</b>
                {barWords(segment.class)}
              </span>
            )}
          </i>
        ))}
      </div>
      <div className="whisk">
        {brackets.map((bracket) => (
          <i
            key={bracket.class}
            style={{ left: `${bracket.left}%`, width: `${bracket.width}%` }}
            onPointerMove={(event) =>
              setTip({ x: event.clientX, y: event.clientY, name: bracket.class, interval: true })
            }
          />
        ))}
        {brackets.length > 0 && <span className="hide-s">brackets: 95 % interval of each edge</span>}
      </div>
      {tip !== undefined && hovered !== undefined && (
        <Tip x={tip.x} y={tip.y}>
          <b>{classWords(hovered.class)}</b>
          <span className="muted">
            {tip.interval ? "95 % interval " : `${msUnit(hovered.nano)} · ${percent(hovered.share)} · `}
            {ms(hovered.low)} – {msUnit(hovered.high)}
          </span>
        </Tip>
      )}
    </div>
  );
}
