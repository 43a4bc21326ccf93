import { useQueries } from "@tanstack/react-query";
import { rowTimelineQuery } from "../api/ledger-queries.ts";
import type { LedgerClass, Timeline } from "../api/ledger-types.ts";
import type { TraceSpan } from "../api/types.ts";

/** The classes in the bars of these rows, as far as they have been read: the rows themselves ask for them. */
export function useDrawnClasses(traceId: string, spans: readonly TraceSpan[]): ReadonlySet<LedgerClass> {
  return new Set(
    useQueries({
      queries: spans
        .filter((span) => span.profile.state === "ready")
        .map((span) => ({ ...rowTimelineQuery(traceId, span.spanId), enabled: false })),
      combine: classesOf,
    }),
  );
}

const classesOf = (answers: readonly { readonly data: Timeline | undefined }[]): readonly LedgerClass[] => [
  ...new Set(answers.flatMap(({ data }) => data?.span.map((piece) => piece.class) ?? [])),
];
