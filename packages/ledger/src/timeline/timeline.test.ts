import { describe, expect, it } from "vitest";
import { busy, EPOCH, type MadeTick, type MadeWindow, makeWindow } from "../testing/window.ts";
import type { LedgerEvent, LedgerWindow } from "../types.ts";
import { buildTimeline, type Timeline } from "./timeline.ts";

const MS = 1e6;

/** Segments as `kind label from–to`, ms since `EPOCH`. */
function drawn(timeline: Timeline): string[] {
  const shift = Number(timeline.originUnixNano - EPOCH);
  return timeline.segments.map(({ kind, label, start, end }) => {
    const at = (nano: number): string => String(Math.round((nano + shift) / 1e4) / 100);
    return [kind, timeline.labels[label]?.spanId ?? "-", `${at(start)}–${at(end)}`].join(" ");
  });
}

const draw = (made: MadeWindow, events: LedgerEvent[] = []): string[] =>
  drawn(buildTimeline([makeWindow(made)], events));
const idle = (at: number, cpu: number): MadeTick => ({ at, state: "idle", cpu });
const js = (at: number, cpu: number, label?: string, stack?: string): MadeTick => ({
  at,
  state: "js",
  cpu,
  label,
  stack,
});

describe("ticks", () => {
  it("each own the half gaps around them", () => {
    expect(
      draw({ length: 40, ticks: [js(10, 10, "a"), js(20, 10, "b"), js(30, 10, "b"), idle(40, 5)] }),
    ).toEqual(["js a 0–15", "js b 15–35", "idle - 35–40"]);
  });

  it("of `(program)` inherit a label both neighbours agree on, else they are the runtime's", () => {
    const program = (at: number): MadeTick => ({ at, state: "program" });
    const agree = [js(10, 10, "a"), program(20), js(30, 20, "a"), idle(100, 5)];
    expect(draw({ length: 100, ticks: agree })).toEqual(["js a 0–35", "idle - 35–100"]);
    const differ = [js(10, 10, "a"), program(20), js(30, 20, "b"), idle(100, 5)];
    expect(draw({ length: 100, ticks: differ })[1]).toBe("runtime - 15–25");
  });

  it("idle ones whose CPU exceeds half their gap are runtime: I/O callbacks count as idle for V8", () => {
    expect(draw({ length: 30, ticks: [idle(10, 0.2), idle(20, 9), idle(30, 9.5)] })).toEqual([
      "runtime - 0–0.2",
      "idle - 0.2–10",
      "runtime - 10–30",
    ]);
  });

  it("of a waking say: busy for their CPU behind the tick before, then idle", () => {
    const ticks = [js(10, 10, "a"), idle(500, 2.5), js(507, 7, "b"), idle(900, 1)];
    expect(draw({ length: 900, ticks })).toEqual([
      "js a 0–12.5",
      "idle - 12.5–500",
      "js b 500–508",
      "idle - 508–900",
    ]);
  });

  it("without the quiet loop leave edges as wide as the gap", () => {
    const [, sleep] = buildTimeline([
      makeWindow({ length: 20, quiet: false, ticks: [js(10, 10, "a"), idle(20, 2)] }),
    ]).segments;
    expect(sleep).toMatchObject({ kind: "idle", edge: 5 * MS });
  });

  it("without a label between ticks of one span are that span's, however many were lost: others' work would be a turn", () => {
    const ticks = [js(10, 10, "a"), js(35, 25), js(65, 30, "a"), idle(90, 5)];
    const made = { length: 90, ticks, turns: [{ at: 75, busy: 2, label: "b" }] };
    expect(draw(made).filter((line) => line.startsWith("js -"))).toEqual([]);
  });

  it("without a label inside a labelled turn are the turn's", () => {
    const ticks = [js(10, 10, "a"), js(20, 10), js(30, 10, "a"), idle(90, 1)];
    const drawnAll = draw({ length: 90, ticks, turns: [{ at: 5, busy: 26, label: "a" }] });
    expect(drawnAll.filter((line) => line.startsWith("js -"))).toEqual([]);
  });
});

describe("a tick that no label tells from others", () => {
  const program = (at: number): MadeTick => ({ at, state: "program" });
  const runtime = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => line.startsWith("runtime"));

  it("of `(program)` in a turn begun without a label is whose the turn's other ticks are", () => {
    const turns = [{ at: 0, busy: 60 }];
    const ticks = [js(10, 10, "a"), program(20), program(50), idle(90, 50)];
    expect(runtime(draw({ length: 90, ticks, turns }))).toEqual([]);
    // With no tick of the turn before it nobody knows.
    expect(runtime(draw({ length: 90, ticks: ticks.slice(1), turns })).length).toBeGreaterThan(0);
  });

  it("between a turn and a tick of one span is that span's, though its own tick before was lost", () => {
    const turns = [{ at: 0, busy: 12, label: "a" }];
    const ticks = [js(35, 35, undefined), js(45, 10, "a"), idle(90, 5)];
    expect(draw({ length: 90, ticks, turns }).filter((line) => line.startsWith("js -"))).toEqual([]);
    const other = [js(35, 35, undefined), js(45, 10, "b"), idle(90, 5)];
    expect(draw({ length: 90, ticks: other, turns }).some((line) => line.startsWith("js -"))).toBe(true);
  });

  it("of the poll phase between short macrotasks of one span is that span's", () => {
    const turns = [{ at: 0, busy: 2, label: "a" }];
    const chain = (after: string): readonly string[] =>
      draw({ length: 90, ticks: [js(10, 10, "a"), idle(20, 10), js(30, 10, after), idle(90, 5)], turns });
    expect(runtime(chain("a"))).toEqual([]);
    expect(runtime(chain("b")).length).toBeGreaterThan(0);
  });

  it("of `(program)` shares the CPU by the journal's turns, not by time: before its turn the thread slept", () => {
    const ticks = [idle(10, 1), program(110), js(130, 29, "a"), idle(200, 11)];
    const lines = draw({ length: 200, ticks, turns: [{ at: 101, busy: 40, label: "a" }] });
    expect(lines.some((line) => line.startsWith("stalled"))).toBe(false);
    expect(lines).toContain("idle - 1–101");
  });
});

describe("on CPU between two turns of one span", () => {
  it("were its short macrotasks", () => {
    const ticks = [js(10, 10, "a"), js(50, 40, "a"), idle(90, 5)];
    const turns = [
      { at: 15, busy: 2, label: "a" },
      { at: 40, busy: 2, label: "a" },
    ];
    expect(draw({ length: 90, ticks, turns }).filter((line) => line.startsWith("runtime"))).toEqual([]);
    const other = turns.map((turn, i) => ({ ...turn, label: i === 0 ? "a" : "b" }));
    expect(draw({ length: 90, ticks, turns: other }).some((line) => line.startsWith("runtime"))).toBe(true);
  });
});

describe("gaps over two and a half periods", () => {
  it("are interpolated when their CPU fills them", () => {
    expect(draw({ length: 60, ticks: [js(10, 10, "a"), js(50, 39, "a"), idle(60, 5)] })).toEqual([
      "js a 0–55",
      "idle - 55–60",
    ]);
  });

  it("are idle between idle ticks without CPU", () => {
    expect(draw({ length: 400, quiet: false, ticks: [idle(10, 0), idle(400, 0)] })).toEqual(["idle - 0–400"]);
  });

  it("are stalled beside a frame that was on CPU: a thread that may not run takes no signal", () => {
    const ticks = [js(10, 10, "a"), js(20, 10, "a"), js(320, 0.4, "a"), js(330, 10, "a"), idle(400, 5)];
    expect(draw({ length: 400, ticks })).toEqual([
      "js a 0–20.2",
      "stalled a 20.2–319.8",
      "js a 319.8–335",
      "idle - 335–400",
    ]);
  });

  it("are lost when their CPU proves nothing", () => {
    const ticks = [js(10, 10, "a"), js(110, 35, "b"), idle(200, 5)];
    expect(draw({ length: 200, ticks })).toEqual([
      "js a 0–15",
      "lost - 15–105",
      "js b 105–115",
      "idle - 115–200",
    ]);
  });
});

describe("time without CPU", () => {
  it("is blocked while ticks keep coming: the signal interrupts the system call", () => {
    const blocked = Array.from({ length: 9 }, (_, i) => js(20 + 10 * i, 0.1, "a", "execSync"));
    const ticks = [js(10, 10, "a", "execSync"), ...blocked, idle(300, 1)];
    const lines = draw({ length: 300, ticks, turns: [{ at: 0, busy: 103, label: "a" }] });
    expect(lines[1]).toBe("blocked a 10.1–99.9");
    expect(lines.filter((line) => line.startsWith("stalled") || line.startsWith("lost"))).toEqual([]);
  });

  it("stays blocked over one lost tick of such a call", () => {
    const times = [20, 30, 40, 60, 70, 80];
    const ticks = [js(10, 10, "a", "wait"), ...times.map((at) => js(at, 0.1, "a", "wait")), idle(300, 1)];
    const lines = draw({ length: 300, ticks, turns: [{ at: 0, busy: 83, label: "a" }] });
    expect(lines.some((line) => line.startsWith("stalled"))).toBe(false);
  });

  it("stays blocked where all ticks around were lost, under a stack that blocks elsewhere in the window", () => {
    const call = (from: number): MadeTick[] => [20, 30, 40].map((at) => js(from + at, 0.1, "a", "wait"));
    const lone = [js(110, 10, "a", "work"), js(160, 3, "a", "wait"), js(200, 10, "a", "work"), idle(300, 1)];
    const turns = [{ at: 0, busy: 201, label: "a" }];
    const known = draw({
      length: 300,
      turns,
      ticks: [js(10, 10, "a", "wait"), ...call(0), ...call(30), js(100, 20, "a", "work"), ...lone],
    });
    expect(known.filter((line) => line.startsWith("stalled"))).toEqual([]);
    const unknown = draw({ length: 300, turns, ticks: [...busy(10, 100, { label: "a" }), ...lone] });
    expect(unknown.some((line) => line.startsWith("stalled"))).toBe(true);
  });

  it("leaves the CPU to the next turn, when a call blocked until its own turn's end", () => {
    const blocked = [20, 30, 40].map((at) => js(at, 0.1, "a", "wait"));
    // Blocks to 65; from 70 on another turn works for 20 ms, and the next tick comes there.
    const ticks = [js(10, 10, "a", "wait"), ...blocked, js(85, 15, "b", "work"), idle(200, 5)];
    const turns = [
      { at: 0, busy: 65, label: "a" },
      { at: 70, busy: 20, label: "b" },
    ];
    const lines = draw({ length: 200, ticks, turns });
    expect(lines).toContain("blocked a 40–65");
    expect(lines).toContain("js b 70–90");
  });

  it("is stalled under throttling, between ticks on CPU", () => {
    const ticks = [js(10, 10, "a"), js(75, 11, "a"), js(85, 10, "a"), idle(200, 5)];
    const lines = draw({ length: 200, throttled: true, ticks, turns: [{ at: 0, busy: 90, label: "a" }] });
    expect(lines).toContain("stalled a 15.5–69.5");
  });

  it("outside of the journal's turns is sleep, however busy the ticks beside it", () => {
    const turns = [
      { at: 0, busy: 12, label: "a" },
      { at: 18, busy: 6, label: "a" },
    ];
    const ticks = [js(10, 10, "a", "same"), js(20, 4, "a", "same"), idle(200, 4)];
    expect(draw({ length: 200, ticks, turns })).toEqual([
      "js a 0–12",
      "idle - 12–18",
      "js a 18–24",
      "idle - 24–200",
    ]);
  });
});

describe("the journal", () => {
  it("gives turns no tick fell into, with the label they began with", () => {
    const ticks = [idle(50, 0), idle(100, 4), js(105, 5, "b"), idle(200, 1)];
    const turns = [
      { at: 50, busy: 4, label: "a" },
      { at: 100, busy: 6, label: "b" },
    ];
    expect(draw({ length: 200, ticks, turns })).toEqual([
      "idle - 0–50",
      "js a 50–54",
      "idle - 54–100",
      "js b 100–106",
      "idle - 106–200",
    ]);
  });

  it("does not outvote a waking: a turn with a hidden sleep ends where its CPU does", () => {
    const ticks = [idle(50, 0), idle(150, 2), idle(200, 48)];
    expect(draw({ length: 200, ticks, turns: [{ at: 50, busy: 50, label: "a" }] })).toContain(
      "idle - 52–150",
    );
  });

  it("with an idle tick in a busy turn shows the poll phase behind a short callback", () => {
    const ticks = [idle(50, 0), idle(60, 10), idle(70, 10), idle(200, 2)];
    const lines = draw({ length: 200, ticks, turns: [{ at: 50, busy: 22, label: "a" }] });
    expect(lines).toContain("js a 50–51");
    expect(lines).toContain("runtime - 51–72");
  });
});

describe("collections", () => {
  it("are carved out exactly and keep their owner", () => {
    const gc = { kind: "gc_major" as const, startUnixNano: EPOCH + 12_300_000n, durationNano: 4.4 * MS };
    expect(draw({ length: 40, ticks: [...busy(10, 30, { label: "a" }), idle(40, 5)] }, [gc])).toEqual([
      "js a 0–12.3",
      "gc a 12.3–16.7",
      "js a 16.7–35",
      "idle - 35–40",
    ]);
  });
});

describe("collector ticks", () => {
  const gc = (at: number): MadeTick => ({
    at,
    state: "gc",
    cpu: 10,
    label: "a",
    stack: "(garbage collector)",
  });
  const stacksOf = (ticks: readonly MadeTick[]): string[] => {
    const { segments, stacks } = buildTimeline([makeWindow({ length: ticks.at(-1)!.at, ticks })]);
    return segments.map(
      ({ kind, stack, start, end }) => `${kind} ${stacks[stack] ?? "-"} ${(end - start) / MS}`,
    );
  };

  it("in a row have the stack that they interrupted: the nearest of the same label", () => {
    const row = [gc(20), gc(30), gc(40), gc(50)];
    expect(stacksOf([js(10, 10, "a", "fill"), ...row, js(60, 10, "a", "read"), idle(70, 5)])).toEqual([
      "js fill 35",
      "js read 30",
      "idle - 5",
    ]);
    expect(stacksOf([js(10, 10, "b", "other"), ...row, js(60, 10, "a", "read"), idle(70, 5)])).toEqual([
      "js other 15",
      "js read 50",
      "idle - 5",
    ]);
  });

  it("between strangers stay without one", () => {
    const ticks = [js(10, 10, "b", "other"), gc(20), js(30, 10, "b", "other"), idle(40, 5)];
    expect(stacksOf(ticks)[1]).toBe("js (garbage collector) 10");
  });
});

describe("windows", () => {
  const at = (from: number, seq: number, rest: Partial<LedgerWindow> = {}): LedgerWindow => ({
    ...makeWindow({ from, length: 100, seq, ticks: [...busy(5, 95, { label: "a" })] }),
    ...rest,
  });

  it("that follow each other join without a seam, in whatever order they come, and twice", () => {
    expect(drawn(buildTimeline([at(100, 1), at(0, 0), at(100, 1)]))).toEqual(["js a 0–200"]);
  });

  it("that are missing are lost time", () => {
    expect(drawn(buildTimeline([at(0, 0), at(200, 2)]))).toEqual([
      "js a 0–100",
      "lost - 100–200",
      "js a 200–300",
    ]);
  });

  it("cut into parts are one, and a missing part is lost time", () => {
    const cut = (from: number, to: number, part: number, parts: number): LedgerWindow => {
      const whole = at(0, 0);
      const only = (column: ArrayLike<number>): number[] => Array.from(column).slice(from, to);
      const delta = only(whole.tickDelta);
      delta[0] = Array.from(whole.tickDelta)
        .slice(0, from + 1)
        .reduce((a, b) => a + b, 0);
      return {
        ...whole,
        part,
        parts,
        tickDelta: delta,
        tickState: only(whole.tickState),
        tickCpu: only(whole.tickCpu),
        tickLabel: only(whole.tickLabel),
        tickStack: only(whole.tickStack),
        tickRun: only(whole.tickRun),
      };
    };
    expect(drawn(buildTimeline([cut(4, 10, 2, 2), cut(0, 4, 1, 2)]))).toEqual(["js a 0–100"]);
    expect(drawn(buildTimeline([cut(0, 3, 1, 3), cut(6, 10, 3, 3)]))).toEqual([
      "js a 0–25",
      "lost - 25–65",
      "js a 65–100",
    ]);
  });

  it("lie on the Unix axis by the clock pairs at both ends", () => {
    // The wall clock was slewed: 100.5 ms passed on it in 100 ms.
    const slewed = at(0, 0, { endUnixNano: EPOCH + 100_500_000n });
    const { ticks, stretches } = buildTimeline([slewed]);
    expect(ticks[0]?.time).toBe(5_025_000);
    expect(stretches[0]?.end).toBe(100_500_000);
  });
});
