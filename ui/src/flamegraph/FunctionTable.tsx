import { memo, useEffect, useMemo, useRef, useState } from "react";
import type { Profile } from "../api/types.ts";
import { FunctionName } from "../components/FunctionName.tsx";
import { count, percent } from "../lib/format.ts";
import { functionWords } from "../text/function-words.ts";
import { columnValues, placeWords } from "./describe.ts";
import { type FunctionRow, sortFunctions } from "./functions.ts";
import type { MenuPoint } from "./menu-point.ts";
import type { Palette } from "./palette.ts";

const atFirst = 15;
const more = 100;

/** Functions over all places they were called from. Clicking one marks its frames. */
export const FunctionTable = memo(function FunctionTable(props: {
  readonly of: Pick<Profile, "unit" | "total">;
  readonly palette: Palette;
  readonly rows: readonly FunctionRow[];
  readonly sort: "self" | "total";
  readonly whole: { readonly value: number; readonly words: string };
  readonly onSort: (sort: "self" | "total") => void;
  readonly onPick: (row: FunctionRow) => void;
  readonly onHover: (row: FunctionRow | undefined) => void;
  /** The selected frame's function; its row is marked. */
  readonly selected?: string;
  /** Counts up when that row is to come into view and take the focus. */
  readonly reveal?: number;
  readonly onMenu?: (row: FunctionRow, point: MenuPoint) => void;
}) {
  const { palette, sort, whole, selected, reveal = 0 } = props;
  const rows = useMemo(() => sortFunctions(props.rows, sort), [props.rows, sort]);
  const [wanted, setShown] = useState(atFirst);
  const chosen = useRef<HTMLTableRowElement>(null);
  const place = reveal === 0 ? -1 : rows.findIndex((row) => row.key === selected);
  const shown = Math.max(wanted, place + 1);
  useEffect(() => {
    if (reveal === 0) return;
    chosen.current?.scrollIntoView({ block: "center" });
    chosen.current?.querySelector("button")?.focus({ preventScroll: true });
  }, [reveal]);
  const { suffix, cell: value } = columnValues(props.of);
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
            <tr
              key={row.key}
              ref={row.key === selected ? chosen : undefined}
              className={row.key === selected ? "sel" : undefined}
              onPointerEnter={() => props.onHover(row)}
              onContextMenu={(event) => {
                if (props.onMenu === undefined) return;
                event.preventDefault();
                // The menu key has no place of its own.
                const box = event.currentTarget.getBoundingClientRect();
                props.onMenu(
                  row,
                  event.clientX === 0 && event.clientY === 0
                    ? { x: box.left + 40, y: box.bottom }
                    : { x: event.clientX, y: event.clientY },
                );
              }}
            >
              <th
                scope="row"
                className="cut"
                title={`${functionWords(row.frame).full} · ${placeWords(row.frame)}`}
              >
                <i
                  className="sw"
                  style={{ background: `var(--${palette.colour[row.frameIndex] ?? "p-runtime"})` }}
                />
                <button type="button" className="plain" onClick={() => props.onPick(row)}>
                  <FunctionName frame={row.frame} />
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
});
