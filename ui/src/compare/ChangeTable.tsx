import { useState } from "react";
import { AxisMarks } from "../components/Axis.tsx";
import { Scroll } from "../components/Scroll.tsx";
import type { PackageColour } from "../flamegraph/palette.ts";
import { FunctionName } from "../components/FunctionName.tsx";
import { count } from "../lib/format.ts";
import { spacedMarks } from "../lib/scale.ts";
import { pWords } from "../lib/signed.ts";
import { functionWords } from "../text/function-words.ts";
import type { DiffTree } from "./diff.ts";
import { changeScale, type FunctionChange, keyOf, type Order, placeOn, sortChanges, tagOf } from "./rows.ts";
import { changeCell, type DiffUnit } from "./units.ts";

const atFirst = 20;
const more = 100;
/** About as wide as the drawn column is; marks are thinned for it. */
const drawnWidth = 260;

/** Functions with their self values on both sides, the change, and what chance leaves of it. */
export function ChangeTable(props: {
  readonly functions: readonly FunctionChange[];
  readonly diff: Pick<DiffTree, "added" | "gone">;
  readonly sums: { readonly base: number; readonly other: number };
  readonly unit: DiffUnit;
  readonly names: { readonly base: string; readonly other: string };
  readonly order: Order;
  /** Colour of a function's package. */
  readonly packages: ReadonlyMap<string, PackageColour>;
  readonly onOrder: (order: Order) => void;
  readonly onPick: (row: FunctionChange) => void;
}) {
  const { unit, names, order, sums } = props;
  const [shown, setShown] = useState(atFirst);
  const rows = sortChanges(props.functions, order);
  const drawn = rows.slice(0, shown);
  // Of the many small functions none is tested: they may be chance as well.
  const judged = rows.some(({ tested }) => tested);
  const scale = changeScale(drawn);
  const column = (by: Order, words: string) => (
    <th
      scope="col"
      className={by === "change" ? "num" : "num hide-s"}
      aria-sort={order === by ? "descending" : undefined}
    >
      <button type="button" onClick={() => props.onOrder(by)}>
        {words}
        {order === by && " ↓"}
      </button>
    </th>
  );
  return (
    <>
      <Scroll label="Functions">
        <table className="changes">
          <caption className="vh">Functions, self {unit.head}</caption>
          <thead>
            <tr>
              <th scope="col">Function</th>
              <th scope="col" className="hide-s">
                Package
              </th>
              {column("base", names.base)}
              {column("other", names.other)}
              {column("change", "Change")}
              <th scope="col" className="c-drawn hide-s">
                <span className="vh">Change, drawn</span>
                <div className="axis" aria-hidden="true">
                  <AxisMarks
                    marks={spacedMarks(
                      scale.ticks.map((value) => ({
                        share: placeOn(scale, value),
                        text: value === 0 ? "0" : changeCell(unit, value),
                      })),
                      drawnWidth,
                    )}
                  />
                </div>
              </th>
              <th scope="col" className="num hide-s">
                95 % interval
              </th>
              <th scope="col" className="num">
                p
              </th>
            </tr>
          </thead>
          <tbody>
            {drawn.map((row) => {
              const tag = tagOf(row, props.diff);
              const key = keyOf(row);
              return (
                <tr key={key} className={row.significant || !judged ? undefined : "dim"}>
                  <th
                    scope="row"
                    className="nw cut"
                    title={[functionWords(row).full, row.file].filter(Boolean).join(" · ")}
                  >
                    <button type="button" className="plain" onClick={() => props.onPick(row)}>
                      <FunctionName frame={row} />
                    </button>
                    {tag !== undefined && <span className="tag">{tag}</span>}
                  </th>
                  <td className="nw muted cut hide-s">
                    <i
                      className="sw"
                      style={{ background: `var(--${props.packages.get(key) ?? "p-runtime"})` }}
                    />
                    {row.package ?? row.kind}
                  </td>
                  <td className="num hide-s">{row.base === 0 ? "–" : unit.cell(row.base)}</td>
                  <td className="num hide-s">{row.other === 0 ? "–" : unit.cell(row.other)}</td>
                  <td className="num">
                    <b>{changeCell(unit, row.delta)}</b>
                  </td>
                  <td className="hide-s" aria-hidden="true">
                    <ChangeBar row={row} isNew={tag === "new"} scale={scale} />
                  </td>
                  <td className="num muted hide-s">
                    {!row.tested ? "–" : `${changeCell(unit, row.low)} … ${changeCell(unit, row.high)}`}
                  </td>
                  <td className="num muted">{row.tested ? pWords(row.p) : "–"}</td>
                </tr>
              );
            })}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">
                <b>All functions</b>
              </th>
              <td className="hide-s" />
              <td className="num hide-s">
                <b>{unit.cell(sums.base)}</b>
              </td>
              <td className="num hide-s">
                <b>{unit.cell(sums.other)}</b>
              </td>
              <td className="num">
                <b>{changeCell(unit, sums.other - sums.base)}</b>
              </td>
              <td className="hide-s" />
              <td className="hide-s" />
              <td />
            </tr>
          </tfoot>
        </table>
      </Scroll>
      <p className="note">
        {rows.length > shown && (
          <>
            {count(shown)} of {count(rows.length)} functions.{" "}
            <button type="button" className="link" onClick={() => setShown(shown + more)}>
              Show more
            </button>{" "}
          </>
        )}
        Frames match on package, function and file, never on the line. p is corrected for the number of
        functions; grey rows may be chance.
      </p>
    </>
  );
}

function ChangeBar(props: {
  readonly row: FunctionChange;
  readonly isNew: boolean;
  readonly scale: ReturnType<typeof changeScale>;
}) {
  const { row, scale } = props;
  const zero = placeOn(scale, 0);
  const end = placeOn(scale, row.delta);
  const kind = props.isNew ? "new" : row.delta > 0 ? "more-2" : "less-2";
  const percent = (share: number): string => `${share * 100}%`;
  return (
    <span className="dl">
      <s style={{ left: percent(zero) }} />
      <i
        style={{
          left: percent(Math.min(zero, end)),
          width: percent(Math.abs(end - zero)),
          background: `var(--d-${kind})`,
        }}
      />
      {row.tested && (
        <u
          style={{
            left: percent(placeOn(scale, row.low)),
            width: percent(placeOn(scale, row.high) - placeOn(scale, row.low)),
          }}
        />
      )}
    </span>
  );
}
