import type { Window } from "@hotspan/wire";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

/** Times in ns of the monotonic clock. */
interface Pause {
  readonly start: number;
  readonly duration: number;
  readonly kind: number;
}

interface Thread {
  readonly thread: number;
  readonly gc: readonly Pause[];
  readonly spans: readonly Readonly<Record<string, unknown>>[];
  readonly clocks: { readonly monotonic: number; readonly epochMillis: number };
}

function collections({ header, events }: Window): Pause[] {
  let start = Number(header.start.monotonicNanos);
  return Array.from(events.gcDeltaMicros, (delta, i) => ({
    start: (start += delta * 1000),
    duration: (events.gcDurationMicros[i] as number) * 1000,
    kind: events.gcKind[i] as number,
  }));
}

test.for(runtimes)(
  "what a ledger is made of is exact, in the main thread and in a worker: Node $major",
  async ({ binary }) => {
    const receiver = await Receiver.start();
    const child = runNode(
      ["--import", registerModule, app("facts.cjs")],
      { HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_WINDOW_MS: "700" },
      binary,
    );
    const { code, stdout, stderr } = await child.ended;
    await receiver.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const threads = JSON.parse(stdout) as Thread[];
    expect(threads.map(({ thread }) => thread === 0)).toEqual([true, false]);
    for (const { thread, gc, spans, clocks } of threads) {
      // At the end two sends may overlap.
      const windows = receiver.windows
        .filter(({ header }) => header.threadId === thread)
        .toSorted((a, b) => a.header.seq - b.header.seq);
      expect(windows.length).toBeGreaterThanOrEqual(2);
      const { header: first } = windows[0] as Window;
      const { header: last } = windows.at(-1) as Window;

      // Spans say who ran them: that is how they find these windows.
      expect(spans.length).toBeGreaterThan(10);
      for (const attributes of spans)
        expect(attributes).toMatchObject({ "hotspan.instance": first.instance, "thread.id": thread });

      // Windows join: the end of one is the start of the next, on both clocks.
      for (const [i, { header }] of windows.entries()) {
        if (i === 0) continue;
        expect(header.start).toEqual(windows[i - 1]?.header.end);
        expect(header.seq).toBe((windows[i - 1]?.header.seq ?? 0) + 1);
      }
      // Both clocks at once, against a reading of the program's own, in whole milliseconds.
      const offset = Number(last.end.epochNanos - last.end.monotonicNanos);
      expect(clocks.epochMillis * 1e6 - clocks.monotonic).toBeLessThan(offset + 0.1e6);
      expect(clocks.epochMillis * 1e6 - clocks.monotonic).toBeGreaterThan(offset - 1.5e6);

      // The collections the program saw itself, each once.
      const from = Number(first.start.monotonicNanos) + 1e6;
      // The last ones may not have reached the program's own observer.
      const to = Math.min(Number(last.end.monotonicNanos), clocks.monotonic) - 100e6;
      const within = ({ start, duration }: Pause): boolean => start > from && start + duration < to;
      const sent = windows.flatMap(collections).filter(within);
      const known = gc.filter(within);
      expect(known.length).toBeGreaterThan(2);
      expect(sent.length).toBe(known.length);
      for (const [i, pause] of known.toSorted((a, b) => a.start - b.start).entries()) {
        expect(Math.abs((sent[i]?.start ?? 0) - pause.start)).toBeLessThan(50_000);
        expect(Math.abs((sent[i]?.duration ?? 0) - pause.duration)).toBeLessThan(1000);
        expect(sent[i]?.kind).toBe(pause.kind);
      }
    }
  },
);
