import type { Label } from "@hotspan/wire";
import { LabelledSpan } from "../labelling/user-labels.ts";
import type { SampleContext, UserLabels } from "../labelling/user-labels.ts";
import type { SpanRecord } from "../otel/span-book.ts";
import type { Detail } from "./detail.ts";
import type { EndpointBudget } from "./endpoint.ts";

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const NO_LABELS: UserLabels = {};

/**
 * The labels of one window. Rows are made when the window is taken, not when the sample was: by then the route is set.
 * A span that is not sampled never reaches the trace store, so its ids would lead nowhere: it gives its endpoint only.
 */
export class LabelTable {
  readonly rows: Label[] = [];
  readonly #indices = new Map<object, number>();
  readonly #endpoints: EndpointBudget;
  readonly #detail: Detail | undefined;
  /** Of requests without detail, by their local root: their spans share a row. */
  readonly #requests = new Map<object, number>();
  /** The row under which stacks of rows without ids are filed, by what is left of those. */
  readonly #stackRows = new Map<string, number>();
  readonly #stackRow: number[] = [];

  constructor(endpoints: EndpointBudget, detail?: Detail) {
    this.#endpoints = endpoints;
    this.#detail = detail;
  }

  /** 1-based row of a sample's context; 0: nothing to say. */
  row(context: SampleContext): number {
    if (context === undefined || context === null) return 0;
    let index = this.#indices.get(context);
    if (index === undefined) {
      const label = this.#label(context);
      index = label === undefined ? 0 : this.#add(label, context);
      this.#indices.set(context, index);
    }
    return index;
  }

  /**
   * The row under which a tick's stack is filed: with less than full detail a stack of an endpoint is one sample, whichever
   * request it was in. The tick itself still says that it was another request's: so it is known who waited for whom.
   */
  stackRow(row: number): number {
    const label = this.rows[row - 1];
    if (this.#detail === undefined || label === undefined || label.traceId !== "") return row;
    let filed = this.#stackRow[row];
    if (filed === undefined) {
      const key = JSON.stringify([label.endpoint, label.user]);
      filed = this.#stackRows.get(key) ?? row;
      this.#stackRows.set(key, filed);
      this.#stackRow[row] = filed;
    }
    return filed;
  }

  #add(label: Label, context: SpanRecord | LabelledSpan): number {
    if (this.#detail === undefined || label.traceId !== "" || context instanceof LabelledSpan)
      return this.rows.push(label);
    const root = context.root ?? context;
    let index = this.#requests.get(root);
    if (index === undefined) this.#requests.set(root, (index = this.rows.push(label)));
    return index;
  }

  #label(context: SpanRecord | LabelledSpan): Label | undefined {
    try {
      const labelled = context instanceof LabelledSpan;
      const span = labelled ? context.span : context;
      const user = labelled ? context.user : NO_LABELS;
      if (span === undefined) return { ...NO_IDS, endpoint: "", user };
      const { traceId, spanId, sampled } = span;
      if (!TRACE_ID.test(traceId) || !SPAN_ID.test(spanId)) return undefined;
      const named = (span.root ?? span).endpoint;
      const endpoint = this.#endpoints.admit(named);
      if (!sampled || this.#detail?.keeps(span, named) === false) return { ...NO_IDS, endpoint, user };
      const rootId = span.root?.spanId ?? "";
      return {
        traceId,
        spanId,
        localRootId: SPAN_ID.test(rootId) ? rootId : "",
        endpoint,
        sampled: true,
        user,
      };
    } catch {
      return undefined;
    }
  }
}

const NO_IDS = { traceId: "", spanId: "", localRootId: "", sampled: false } as const;
