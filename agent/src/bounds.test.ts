import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TurnJournal } from "./journal.ts";
import type { Labeller } from "./labelling/labeller.ts";
import { warnOnce } from "./log.ts";
import { SpanBook, type SpanRecord } from "./otel/span-book.ts";
import type { OtelContext, OtelSpan } from "./otel/types.ts";
import { SPAN_KEY } from "./otel/types.ts";
import { Sender } from "./transport/sender.ts";
import { EndpointBudget } from "./window/endpoint.ts";
import { FileNames } from "./window/file-names.ts";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

let stderr: string[];
beforeEach(() => {
  stderr = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const NO_SETTINGS = { address: "", credentials: "", certificate: "" };

class Span implements OtelSpan {
  readonly #id: number;
  constructor(id: number) {
    this.#id = id;
  }
  spanContext() {
    return { traceId: this.#id.toString(16).padStart(32, "a"), spanId: "b".repeat(16), traceFlags: 1 };
  }
}

const inside = (span: OtelSpan | undefined): OtelContext => ({
  getValue: (key) => (key === SPAN_KEY ? span : undefined),
  setValue: () => inside(span),
  deleteValue: () => inside(span),
});

test("a million spans that never end leave nothing behind in the span book", () => {
  const book = new SpanBook();
  const round = (spans: number): void => {
    let parent: Span | undefined;
    for (let i = 0; i < spans; i++) {
      const span = new Span(i);
      book.started(span, inside(i % 10 === 0 ? undefined : parent));
      book.notSampled(`trace${i}`, "GET");
      parent = span;
    }
  };
  round(100_000);
  const before = heap();
  round(1_000_000);
  // The thousand methods that are kept, and the weak tables at their largest; the spans alone would be over 60 MB.
  expect(heap() - before).toBeLessThan(8e6);
});

test("the journal is bounded although nobody takes it", async () => {
  const labeller = { path: "hooks", active: () => undefined } as unknown as Labeller;
  const journal = new TurnJournal(labeller, new SpanBook(), {
    due: Number.POSITIVE_INFINITY,
    active: () => {},
    waits: () => false,
  });
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  journal.start();
  // Each macrotask a turn of 6 ms, of which everybody's resumes are listed: two hours of them.
  for (let i = 0; i < 1_200_000; i++) {
    now += 6;
    labeller.onBefore?.(undefined);
  }
  clock.mockRestore();
  journal.stop();
  const { turns, resumes, runDelays, droppedTurns, droppedResumes, macrotasks } = journal.take();
  expect(macrotasks).toBe(1_200_000);
  expect(turns.length).toBeLessThanOrEqual(4096);
  expect(resumes.length).toBeLessThanOrEqual(16_384 + 64);
  expect(runDelays.length).toBeLessThanOrEqual(2048 + 1);
  // Above the threshold that came of it none is listed, nor counted.
  expect(droppedTurns).toBeGreaterThanOrEqual(4096);
  expect(droppedResumes).toBeGreaterThan(1_000_000);
});

test("what the journal lists keeps no span alive, nor its context", async () => {
  const labeller = { path: "hooks", active: () => undefined } as unknown as Labeller;
  const quiet = { due: Number.POSITIVE_INFINITY, active: () => {}, waits: () => false };
  const book = new SpanBook();
  const journal = new TurnJournal(labeller, book, quiet);
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const gone: WeakRef<object>[] = [];
  journal.start();
  const request = (i: number): void => {
    const span = new Span(i);
    const context = inside(span);
    book.started(span, inside(undefined));
    labeller.onBefore?.(context);
    book.ended(span);
    gone.push(new WeakRef<object>(span), new WeakRef<object>(context));
  };
  for (let i = 0; i < 100; i++, now += 6) request(i);
  labeller.onBefore?.(undefined);
  clock.mockRestore();
  journal.stop();
  // References that were looked at live as long as the turn.
  await new Promise((resolve) => setImmediate(resolve));
  heap();
  // The latest may still lie in a register.
  expect(gone.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(4);
  const { turns, resumes } = journal.take();
  const traces = (of: readonly { readonly span: SpanRecord | undefined }[]): Set<string | undefined> =>
    new Set(of.map(({ span }) => span?.traceId));
  expect(traces(turns).size).toBeGreaterThanOrEqual(100);
  expect(traces(resumes).size).toBeGreaterThanOrEqual(100);
});

test("the queue is bounded in bytes, whatever comes", () => {
  const never = {
    destination: "test:",
    settings: NO_SETTINGS,
    send: () => new Promise<never>(() => {}),
    close: async () => {},
  };
  const dropped: number[] = [];
  const sender = new Sender(never, 1_000_000, (_, bytes) => dropped.push(bytes));
  for (let i = 0; i < 10_000; i++) {
    sender.offer({ key: "k", headers: {}, body: new Uint8Array(1000 + (i % 7) * 5000) });
    expect(sender.queuedBytes).toBeLessThanOrEqual(1_000_000);
  }
  expect(dropped.length).toBe(sender.counts.dropped);
  expect(dropped.length).toBeGreaterThan(9000);
});

test("endpoints, file names and lines once said are bounded in number", () => {
  const endpoints = new EndpointBudget();
  const names = new Set<string>();
  for (let i = 0; i < 100_000; i++) names.add(endpoints.admit(`GET /${i}`));
  expect(names.size).toBe(1001);

  const files = new FileNames("/app");
  const before = heap();
  for (let i = 0; i < 300_000; i++) files.of(`/app/evalmachine.<anonymous>/${i}/${"x".repeat(100)}`);
  expect(heap() - before).toBeLessThan(12e6);

  for (let i = 0; i < 100_000; i++) warnOnce("HOTSPAN_AGENT_LABEL_NOT_ALLOWED", `label ${i}`, String(i));
  const said = heap();
  for (let i = 100_000; i < 300_000; i++)
    warnOnce("HOTSPAN_AGENT_LABEL_NOT_ALLOWED", `label ${i}`, String(i));
  expect(heap() - said).toBeLessThan(2e6);
  expect(stderr.length).toBeLessThanOrEqual(20);
});
