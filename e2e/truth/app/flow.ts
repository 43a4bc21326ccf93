import { context, ROOT_CONTEXT, type Span, SpanKind, trace } from "@opentelemetry/api";
import { meter, now } from "./clock.ts";
import type { TruthLog, WaitEntry, WorkEntry } from "./log.ts";
import { run, type Work } from "./work.ts";

const tracer = trace.getTracer("truth");
const MS = 1e6;
let flows = 0;

/** Flows of several runs lie in one log. */
export function numberFlowsFrom(first: number): void {
  flows = first;
}

/** Begins a stretch without any await, or with such that no other task can run between; the answer ends it. */
export function stretch(): (kind: WorkEntry["kind"], name: string) => WorkEntry {
  const owner = trace.getActiveSpan()?.spanContext().spanId ?? "";
  const before = meter();
  const start = now();
  return (kind, name) => {
    const end = now();
    const after = meter();
    const cpu = after.cpu - before.cpu;
    return { type: "work", kind, owner, function: name, start, end, cpu, delay: after.delay - before.delay };
  };
}

/** Work of whoever is active right now, logged. */
export function work(log: TruthLog, fn: Work, millis: number): void {
  const ended = stretch();
  run(fn, now() + millis * MS);
  log.add(ended("cpu", fn.name));
}

/** A synchronous call that may do anything; what of it was not on a processor was blocked. */
export function blocked<T>(log: TruthLog, name: string, call: () => T): T {
  const ended = stretch();
  const result = call();
  log.add(ended("blocked", name));
  return result;
}

export interface Awaited<T> {
  readonly promise: Promise<T>;
  /** Known once the promise is settled. */
  readonly facts: () => Pick<WaitEntry, "ready" | "call" | "write" | "sent">;
}

/** One thread of control below a root span: a request, or one branch of it. */
export class Flow {
  readonly log: TruthLog;
  readonly id: number = ++flows;

  constructor(log: TruthLog) {
    this.log = log;
  }

  cpu(fn: Work, millis: number): void {
    work(this.log, fn, millis);
  }

  /** `issue` runs at once, and is logged as work. */
  async wait<T>(kind: WaitEntry["kind"], issue: () => Awaited<T>): Promise<T> {
    let awaited: Awaited<T> | undefined;
    const issued = (): unknown => (awaited = issue());
    this.cpu(issued, 0);
    const { promise, facts } = awaited as unknown as Awaited<T>;
    const before = meter();
    const start = now();
    const result = await promise;
    const end = now();
    const after = meter();
    const cpu = after.cpu - before.cpu;
    const delay = after.delay - before.delay;
    this.log.add({ type: "wait", flow: this.id, kind, start, end, cpu, delay, ...facts() });
    return result;
  }

  timer(millis: number): Promise<void> {
    return this.wait("other", () => {
      const ready = now() + millis * MS;
      return { promise: new Promise((resolve) => setTimeout(resolve, millis)), facts: () => ({ ready }) };
    });
  }

  /** An INTERNAL span around steps of this flow. */
  async child(name: string, steps: () => unknown): Promise<void> {
    await tracer.startActiveSpan(name, async (span) => {
      const start = now();
      await steps();
      span.end();
      this.#logSpan(span, start, name, "");
    });
  }

  async all(branches: readonly ((branch: Flow) => Promise<void>)[]): Promise<void> {
    let last = 0;
    await Promise.all(
      branches.map(async (steps) => {
        const branch = new Flow(this.log);
        await steps(branch);
        last = branch.id;
      }),
    );
    this.log.add({ type: "join", flow: this.id, last });
  }

  /** A request: a root SERVER span of its own, whoever starts it. */
  static async request(
    log: TruthLog,
    [method, route]: readonly [string, string],
    scenario: string,
    steps: (flow: Flow) => unknown,
  ): Promise<void> {
    const attributes = { "http.request.method": method, "http.route": route };
    const flow = new Flow(log);
    const endpoint = `${method} ${route}`;
    const options = { kind: SpanKind.SERVER, attributes };
    await tracer.startActiveSpan(endpoint, options, ROOT_CONTEXT, async (span) => {
      const start = now();
      await steps(flow);
      span.end();
      flow.#logSpan(span, start, endpoint, scenario);
    });
  }

  /** A request that is one piece of work: all of it is logged, its span's making and ending too. */
  static brief(log: TruthLog, [method, route]: readonly [string, string], fn: Work, millis: number): void {
    const before = stretch();
    const attributes = { "http.request.method": method, "http.route": route };
    const flow = new Flow(log);
    const options = { kind: SpanKind.SERVER, attributes };
    tracer.startActiveSpan(`${method} ${route}`, options, ROOT_CONTEXT, (span) => {
      const start = now();
      run(fn, start + millis * MS);
      span.end();
      flow.#logSpan(span, start, `${method} ${route}`, "");
      log.add({ ...before("cpu", fn.name), owner: span.spanContext().spanId });
    });
  }

  #logSpan(span: Span, start: number, endpoint: string, scenario: string): void {
    const end = now();
    const { traceId, spanId } = span.spanContext();
    const parent = (span as { parentSpanContext?: { spanId: string } }).parentSpanContext?.spanId ?? "";
    this.log.add({ type: "span", traceId, spanId, parent, endpoint, scenario, flow: this.id, start, end });
  }
}

/** Runs `fn` outside any request, as a timer of the program's own would. */
export function outside<T>(fn: () => T): T {
  return context.with(ROOT_CONTEXT, fn);
}
