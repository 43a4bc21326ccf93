import {
  type BlameKind,
  type ChildKind,
  type LedgerClass,
  type LedgerContext,
  type LedgerSpan,
  spanLedger,
  timelineAround,
} from "@hotspan/ledger";

/** A span's ledger as slow-against-fast needs it, with stacks yet unnamed. Times in ns. */
export interface Measured {
  readonly traceId: string;
  readonly spanId: string;
  readonly durationNano: number;
  readonly classes: Readonly<Partial<Record<LedgerClass, number>>>;
  readonly functions: readonly {
    readonly class: LedgerClass;
    readonly stack: string;
    readonly nano: number;
  }[];
  readonly blame: readonly {
    readonly endpoint: string | null;
    readonly kind: BlameKind;
    readonly stack: string | null;
    readonly nano: number;
  }[];
  readonly children: readonly {
    readonly name: string;
    readonly kind: ChildKind;
    readonly service: string | null;
    readonly nano: number;
  }[];
}

/** Stacks of a class of one span; what is beyond stays with its class alone. */
const MAX_STACKS = 200;

/** What no window saw is `unprofiled`, all of it. */
export function measure(span: LedgerSpan, context: LedgerContext): Measured {
  const head = { traceId: span.traceId, spanId: span.spanId, durationNano: span.durationNano };
  const ledger = spanLedger(span, { ...context, topLimit: MAX_STACKS });
  if (ledger.state !== "ready")
    return { ...head, classes: { unprofiled: span.durationNano }, functions: [], blame: [], children: [] };
  return {
    ...head,
    classes: Object.fromEntries(ledger.rows.map((row) => [row.class, row.nano])),
    // What ran while the span waited is told by blame, or delayed nothing.
    functions: ledger.rows.flatMap(({ class: name, top = [] }) =>
      name === "loop.held" || name.startsWith("wait.")
        ? []
        : top.map(({ stack, nano }) => ({ class: name, stack, nano })),
    ),
    blame: ledger.blame.map(({ endpoint, kind, stack, nano }) => ({ endpoint, kind, stack, nano })),
    children: waitedFor(
      span,
      context,
      ledger.children.map(({ spanId, kind }) => [spanId, kind] as const),
    ),
  };
}

/** Each moment waited for children belongs to one of those open then: the last to end, which is the one waited for. */
function waitedFor(
  span: LedgerSpan,
  context: LedgerContext,
  kinds: readonly (readonly [string, ChildKind])[],
): Measured["children"] {
  if (kinds.length === 0) return [];
  const kindOf = new Map(kinds);
  const timeline = timelineAround(span, context, 0);
  const waits = timeline.span.filter((piece) => piece.class === "wait.child");
  const sums = new Map<string, Measured["children"][number]>();
  const open = timeline.children.toSorted((a, b) => b.start + b.dur - (a.start + a.dur));
  const services = servicesBelow(context.spans);
  for (const wait of waits) {
    let rest = [{ start: wait.start, end: wait.start + wait.dur }];
    for (const child of open) {
      const end = child.start + child.dur;
      const kind = kindOf.get(child.spanId);
      if (kind === undefined || rest.length === 0) continue;
      let nano = 0;
      rest = rest.flatMap((gap) => {
        const from = Math.max(gap.start, child.start);
        const to = Math.min(gap.end, end);
        if (to <= from) return [gap];
        nano += to - from;
        return [
          { start: gap.start, end: from },
          { start: to, end: gap.end },
        ].filter((one) => one.end > one.start);
      });
      if (nano === 0) continue;
      const key = `${kind} ${child.name}`;
      const known = sums.get(key);
      sums.set(key, {
        name: child.name,
        kind,
        service: services.get(`${span.traceId}/${child.spanId}`) ?? null,
        nano: nano + (known?.nano ?? 0),
      });
    }
  }
  return [...sums.values()];
}

// One list of spans serves hundreds of ledgers.
const known = new WeakMap<readonly LedgerSpan[], Map<string, string>>();

/** The service on the other side of each span that has one. */
function servicesBelow(spans: readonly LedgerSpan[]): ReadonlyMap<string, string> {
  let services = known.get(spans);
  if (services === undefined) {
    services = new Map();
    for (const { traceId, parentSpanId, service } of spans)
      if (parentSpanId !== null) services.set(`${traceId}/${parentSpanId}`, service);
    known.set(spans, services);
  }
  return services;
}
