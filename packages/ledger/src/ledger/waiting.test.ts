import { describe, expect, it } from "vitest";
import {
  call,
  hogged,
  HTTP,
  ledger,
  millis,
  MS,
  POOL,
  serve,
  TIMER,
  waiting,
  wake,
} from "../testing/world.ts";
import { EPOCH, makeSpan } from "../testing/window.ts";

describe("waiting", () => {
  it("for a child splits network from remote where the clocks allow it", () => {
    const spans = [makeSpan("s", 10, 220), call(39, 201), serve(60, 180)];
    const found = ledger(waiting(200, [wake(200, 5)], { spans }));
    const [row] = found.rows.filter(({ class: name }) => name === "wait.child");
    expect(row?.parts?.map(({ class: name, nano }) => [name, Math.round(nano / MS)])).toEqual([
      ["remote", 120],
      ["network", 40],
    ]);
    expect(row?.parts?.reduce((sum, part) => sum + part.nano, 0)).toBe(row?.nano);
  });

  it("does not split what may be the clocks' error", () => {
    const spans = [makeSpan("s", 10, 220), call(39, 201), serve(60, 180)];
    const skewOf = () => ({ offset: 0, low: -60 * MS, high: 60 * MS, pairs: 3 });
    const found = ledger(waiting(200, [wake(200, 5)], { spans, context: { skewOf } }));
    expect(found.rows.find((row) => row.class === "wait.child")?.parts?.map((part) => part.class)).toEqual([
      "remote",
    ]);
    expect(found.children[0]?.networkNano).toBeNull();
  });

  it("beside other work that delayed nothing is overlapped", () => {
    const spans = [makeSpan("s", 10, 270), call(38, 251)];
    const row = ledger(hogged(250, { spans })).rows.find(({ class: name }) => name === "wait.child");
    const overlapped = row?.parts?.find((part) => part.class === "overlapped");
    expect(Math.round((overlapped?.nano ?? 0) / MS)).toBe(80);
  });

  it("with an INTERNAL child open is not waiting for it: frameworks keep those open all the time", () => {
    const middleware = makeSpan("m", 12, 215, { parentSpanId: "s" });
    const found = ledger(waiting(200, [wake(200, 5)], { spans: [makeSpan("s", 10, 220), middleware] }));
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.other": 160 });
  });

  it("for a descendant in another thread is waiting remotely", () => {
    const worker = makeSpan("w", 41, 199, { parentSpanId: "s", thread: 1 });
    const found = ledger(waiting(200, [wake(200, 5)], { spans: [makeSpan("s", 10, 220), worker] }));
    expect(millis(found)["wait.child"]).toBe(158);
  });

  it("is not for a child that outlives its parent", () => {
    const audit = makeSpan("audit", 38, 900, { parentSpanId: "s", kind: "client", attributes: HTTP });
    const found = ledger(waiting(200, [wake(200, 5)], { spans: [makeSpan("s", 10, 220), audit] }));
    expect(millis(found)["wait.child"]).toBeUndefined();
    expect(found.children).toEqual([]);
  });

  it("of a client span itself is for its other side", () => {
    const found = ledger(
      waiting(200, [wake(200, 5)], {
        spans: [makeSpan("s", 10, 220, { kind: "client", attributes: { "db.system": "redis" } })],
      }),
    );
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.child": 160 });
  });

  it("while the pool's probe waits is for the pool", () => {
    const probe = { kind: "pool" as const, startUnixNano: EPOCH + 80_000_000n, durationNano: 119 * MS };
    const found = ledger(waiting(200, [wake(200, 5)], { events: [probe] }));
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.pool": 160 });
  });

  it("is for the pool as long as its probes wait, one behind the other", () => {
    const probe = (at: number, millis: number) => ({
      kind: "pool" as const,
      startUnixNano: EPOCH + BigInt(at) * 1_000_000n,
      durationNano: millis * MS,
    });
    const early = ledger(waiting(400, [wake(400, 5)], { events: [probe(41, 60), probe(104, 52)] }));
    expect(millis(early)).toEqual({ "cpu.self": 50, "wait.pool": 116, "wait.other": 244 });
    // Of a thread that gets no processor at once a probe waits for some milliseconds.
    const noise = ledger(waiting(200, [wake(200, 5)], { events: [probe(60, 30), probe(120, 14)] }));
    expect(millis(noise)).toEqual({ "cpu.self": 50, "wait.other": 160 });
  });

  it("is for the pool although others ran meanwhile, as long as the probe's job was out", () => {
    // The probe leaves out the 80 ms of the hog.
    const probe = { kind: "pool" as const, startUnixNano: EPOCH + 41_000_000n, durationNano: 118 * MS };
    expect(millis(ledger(hogged(240, { events: [probe] })))).toEqual({ "cpu.self": 50, "wait.pool": 200 });
  });

  it("is not for the pool when something else is known to have ended it", () => {
    const probe = { kind: "pool" as const, startUnixNano: EPOCH + 41_000_000n, durationNano: 158 * MS };
    const world = waiting(200, [wake(200, 5)], { events: [probe] });
    const ended = (source: number) => ledger({ ...world, resumes: [{ at: 200, label: "s", source }] });
    expect(millis(ended(TIMER))).toEqual({ "cpu.self": 50, "wait.other": 160 });
    expect(millis(ended(POOL))).toEqual({ "cpu.self": 50, "wait.pool": 160 });
  });
});
