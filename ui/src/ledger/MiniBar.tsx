import type { LedgerClass } from "../api/ledger-types.ts";
import { classCss } from "./classes.ts";
import { amountsInWords, inClassOrder, segmentsOf } from "./view.ts";

/** One of many ledgers under each other: classes in their fixed order, all on one scale of `whole`. */
export function MiniBar(props: {
  readonly rows: readonly { readonly class: LedgerClass; readonly nano: number }[];
  readonly whole: number;
}) {
  const text = amountsInWords(props.rows);
  return (
    <span className="mini bar" title={text}>
      {segmentsOf(inClassOrder(props.rows), props.whole).map((segment) => (
        <i
          key={segment.class}
          aria-hidden="true"
          className={classCss(segment.class)}
          style={{ width: `${segment.width}%` }}
        />
      ))}
      <span className="vh">{text}</span>
    </span>
  );
}
