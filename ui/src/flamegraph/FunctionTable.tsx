import { useState } from "react";
import { count, ms, percent } from "../lib/format.ts";
import { placeWords, valueWords } from "./describe.ts";
import { type FunctionRow, sortFunctions } from "./functions.ts";
import type { Palette } from "./palette.ts";
import type { FlameTree } from "./tree.ts";

const atFirst = 15;
const more = 100;

/** Functions over all places they were called from. Clicking one marks its frames. */
export function FunctionTable(props: {
  readonly tree: FlameTree;
  readonly palette: Palette;
  readonly rows: readonly FunctionRow[];
  readonly sort: "self" | "total";
  readonly whole: { readonly value: number; readonly words: string };
  readonly onSort: (sort: "self" | "total") => void;
  readonly onPick: (row: FunctionRow) => void;
  readonly onHover: (row: FunctionRow | undefined) => void;
}) {
  const { palette, sort, whole } = props;
  const { unit } = props.tree.profile;
  const [shown, setShown] = useState(atFirst);
  const rows = sortFunctions(props.rows, sort);
  const value = unit === "nanoseconds" ? ms : (one: number) => valueWords(unit, one);
  const suffix = unit === "nanoseconds" ? ", ms" : "";
  const column = (by: "self" | "total", words: string) => (
    <th scope="col" className="num" aria-sort={sort === by ? "descending" : undefined}>
      <button type="button" onClick={() => props.onSort(by)}>
        {words}
        {suffix}
        {sort === by && " ↓"}
      </button>
    </th>
  );
  return (
    <div>
      <table className="functions">
        <caption className="vh">Functions by {sort} time</caption>
        <thead>
          <tr>
            <th scope="col">Function</th>
            {column("self", "Self")}
            {column("total", "Total")}
            <th scope="col" className="num">
              Of {whole.words}
            </th>
          </tr>
        </thead>
        <tbody onPointerLeave={() => props.onHover(undefined)}>
          {rows.slice(0, shown).map((row) => (
            <tr key={row.key} onPointerEnter={() => props.onHover(row)}>
              <th scope="row" className="cut" title={`${row.frame.function} · ${placeWords(row.frame)}`}>
                <i
                  className="sw"
                  style={{ background: `var(--${palette.colour[row.frameIndex] ?? "p-runtime"})` }}
                />
                <button type="button" className="plain" onClick={() => props.onPick(row)}>
                  {row.frame.function}
                </button>
              </th>
              <td className="num">{value(row.self)}</td>
              <td className="num muted">{value(row.total)}</td>
              <td className="num muted">{whole.value > 0 ? percent(row.total / whole.value) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <p className="note">
          {count(shown)} of {count(rows.length)} functions.{" "}
          <button type="button" className="link" onClick={() => setShown(shown + more)}>
            Show more
          </button>
        </p>
      )}
    </div>
  );
}
