import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { SqlAnswer } from "../api/types.ts";
import { cellText, isNumeric } from "./cells.ts";

const rowHeight = 27;

/** Rows as they came; only those in view are drawn. */
export function ResultTable({ answer }: { readonly answer: SqlAnswer }) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: answer.rows.length,
    estimateSize: () => rowHeight,
    getScrollElement: () => box.current,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
    <div className="result" ref={box} tabIndex={0} role="region" aria-label="Result">
      <table aria-rowcount={answer.rows.length + 1}>
        <thead>
          <tr>
            {answer.columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={isNumeric(column.type) ? "num" : undefined}
                title={column.type}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Gap height={before} />}
          {items.map((item) => (
            <tr key={item.key} aria-rowindex={item.index + 2}>
              {answer.columns.map((column, at) => {
                const value = answer.rows[item.index]?.[at];
                return (
                  <td key={column.name} className={isNumeric(column.type) ? "num" : "cell"}>
                    {value === null ? <span className="faint">NULL</span> : cellText(value, column.type)}
                  </td>
                );
              })}
            </tr>
          ))}
          {after > 0 && <Gap height={after} />}
        </tbody>
      </table>
    </div>
  );
}

function Gap(props: { readonly height: number }) {
  return (
    <tr className="gap" aria-hidden="true">
      <td style={{ height: props.height }} />
    </tr>
  );
}
