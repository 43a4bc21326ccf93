import { zstdCompressSync } from "node:zlib";
import { encodeWindow, LIMITS, type Limits, WireError, type WireErrorCode } from "@hotspan/wire";
import { makeWindow } from "@hotspan/wire/testing";
import { expect, test } from "vitest";
import { checkWindow, openWindow } from "./window.ts";

/** The code of each limit, but for what agents aim at, which nothing is refused for. Time has one for both its ends. */
const codes = {
  messageBytes: "HOTSPAN_WIRE_MESSAGE_TOO_LARGE",
  windowBytes: "HOTSPAN_WIRE_WINDOW_TOO_LARGE",
  windowMillis: "HOTSPAN_WIRE_TOO_LONG",
  ticks: "HOTSPAN_WIRE_TOO_MANY_TICKS",
  labels: "HOTSPAN_WIRE_TOO_MANY_LABELS",
  userLabels: "HOTSPAN_WIRE_TOO_MANY_USER_LABELS",
  resourceAttributes: "HOTSPAN_WIRE_TOO_MANY_ATTRIBUTES",
  turns: "HOTSPAN_WIRE_TOO_MANY_TURNS",
  events: "HOTSPAN_WIRE_TOO_MANY_EVENTS",
  samples: "HOTSPAN_WIRE_TOO_MANY_SAMPLES",
  depth: "HOTSPAN_WIRE_STACK_TOO_DEEP",
  frames: "HOTSPAN_WIRE_TOO_MANY_FRAMES",
  frameBytes: "HOTSPAN_WIRE_FRAMES_TOO_LARGE",
  frameLength: "HOTSPAN_WIRE_FRAME_TOO_LONG",
  nameLength: "HOTSPAN_WIRE_STRING_TOO_LONG",
  valueLength: "HOTSPAN_WIRE_VALUE_TOO_LONG",
  pastMillis: "HOTSPAN_WIRE_TIME_OUT_OF_RANGE",
  futureMillis: "HOTSPAN_WIRE_TIME_OUT_OF_RANGE",
} as const satisfies Record<Exclude<keyof Limits, "targetBytes">, WireErrorCode>;

const startMillis = 1_795_000_000_000;
const value = zstdCompressSync(
  encodeWindow(makeWindow({ seconds: 2, stacks: 12, depth: 6, spans: 3, startMillis })),
);

async function codeOf(limits: Limits, recordMs: number): Promise<string | undefined> {
  try {
    checkWindow(await openWindow(value, "zstd", limits), recordMs, limits);
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

test("each limit has an error code of its own, and no window passes it", async () => {
  expect(Object.keys(codes).toSorted()).toEqual(
    Object.keys(LIMITS)
      .filter((name) => name !== "targetBytes")
      .toSorted(),
  );
  const ofLimits = Object.entries(codes).filter(([name]) => name !== "futureMillis");
  expect(new Set(ofLimits.map(([, code]) => code)).size).toBe(ofLimits.length);
  expect(await codeOf(LIMITS, startMillis + 3000)).toBeUndefined();
  for (const [name, code] of Object.entries(codes)) {
    // Before the record, and behind it.
    const recordMs = name === "pastMillis" ? startMillis + 60_000 : startMillis - 60_000;
    expect([name, await codeOf({ ...LIMITS, [name]: name === "userLabels" ? 0 : 1 }, recordMs)]).toEqual([
      name,
      code,
    ]);
  }
});
