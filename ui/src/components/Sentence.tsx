import { Fragment } from "react";
import type { LedgerClass } from "../api/ledger-types.ts";

export type SentencePart = string | { readonly strong: string; readonly mark?: LedgerClass };

/** The computed sentence a page opens with; its numbers in bold, its causes underlined in their class colour. */
export function Sentence(props: { readonly parts: readonly SentencePart[] }) {
  return (
    <h1 className="sentence">
      {props.parts.map((part, index) =>
        typeof part === "string" ? (
          // oxlint-disable-next-line react/no-array-index-key -- the parts have no identity but their place
          <Fragment key={index}>{part}</Fragment>
        ) : (
          // oxlint-disable-next-line react/no-array-index-key -- as above
          <b
            key={index}
            className={part.mark === undefined ? undefined : `u c-${part.mark.replace(".", "-")}`}
          >
            {part.strong}
          </b>
        ),
      )}
    </h1>
  );
}
