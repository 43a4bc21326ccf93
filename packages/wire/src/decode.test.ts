import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeWindow } from "./decode.ts";
import { encodeWindow } from "./encode.ts";
import { WIRE_ERROR_CODES, WireError, type WireErrorCode } from "./errors.ts";
import { type Window as Generated, WindowSchema } from "./gen/hotspan/wire/v1/window_pb.ts";
import { LIMITS, type Limits, timeInRange } from "./limits.ts";
import { ProtoWriter } from "./proto/writer.ts";
import { toGenerated } from "./testing/generated.ts";
import { makeWindow } from "./testing/window.ts";

const small = makeWindow({ seconds: 2, stacks: 12, depth: 3, spans: 3 });
/** A right window made wrong through the generated code, which checks nothing. */
const changed = (change: (window: Generated) => void): Uint8Array => {
  const message = toGenerated(small);
  change(message);
  return toBinary(WindowSchema, message);
};
const part = <K extends keyof Generated>(window: Generated, key: K): NonNullable<Generated[K]> => {
  const value = window[key];
  if (value === undefined || value === null) throw new Error(`no ${String(key)}`);
  return value as NonNullable<Generated[K]>;
};

function codeOf(bytes: Uint8Array, limits: Limits = LIMITS): WireErrorCode | undefined {
  try {
    decodeWindow(bytes, limits);
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe("decodeWindow", () => {
  it("skips fields it does not know, at every level", () => {
    const newer = (bytes: Uint8Array): Uint8Array => {
      const writer = new ProtoWriter();
      writer.raw(bytes);
      writer.uint(900, 7);
      writer.string(901, "of a later minor");
      return writer.finish();
    };
    const writer = new ProtoWriter();
    const generated = toGenerated(small);
    const header = newer(toBinary(WindowSchema.field.header.message as never, generated.header as never));
    const ticks = newer(toBinary(WindowSchema.field.ticks.message as never, generated.ticks as never));
    const rest = create(WindowSchema, { ...generated, header: undefined, ticks: undefined } as never);
    writer.bytesAlways(1, header);
    writer.bytesAlways(2, ticks);
    writer.raw(toBinary(WindowSchema, rest));
    expect(decodeWindow(newer(writer.finish()))).toEqual(decodeWindow(encodeWindow(small)));
  });

  it("reads columns that are not packed, or packed in several runs, as protobuf allows", () => {
    const bytes = encodeWindow(small);
    const writer = new ProtoWriter();
    const start = writer.begin(2);
    const { ticks } = small;
    const half = ticks.deltaMicros.length >> 1;
    writer.packed(1, ticks.deltaMicros.subarray(0, half));
    writer.packed(1, ticks.deltaMicros.subarray(half));
    writer.bytes(2, ticks.state);
    writer.packed(3, ticks.cpuMicros);
    writer.packed(4, ticks.label);
    // A zero is left out by `uint`, so stacks are shifted by one tag each here: written by hand.
    for (const stack of ticks.stack) {
      if (stack === 0) writer.raw(Uint8Array.of(5 << 3, 0));
      else writer.uint(5, stack);
    }
    writer.end(start);
    const generated = fromBinary(WindowSchema, bytes);
    const rest = toBinary(WindowSchema, create(WindowSchema, { ...generated, ticks: undefined } as never));
    writer.raw(rest);
    expect(decodeWindow(writer.finish())).toEqual(decodeWindow(bytes));
  });

  it.each<[string, WireErrorCode, (window: Generated) => void]>([
    [
      "a newer major version",
      "HOTSPAN_WIRE_VERSION_UNSUPPORTED",
      (w) => void (part(w, "header").versionMajor = 2),
    ],
    ["no version", "HOTSPAN_WIRE_VERSION_UNSUPPORTED", (w) => void (part(w, "header").versionMajor = 0)],
    ["no header", "HOTSPAN_WIRE_MISSING_FIELD", (w) => void (w.header = undefined)],
    [
      "a short instance",
      "HOTSPAN_WIRE_MISSING_FIELD",
      (w) => void (part(w, "header").instance = new Uint8Array(3)),
    ],
    ["an unknown mode", "HOTSPAN_WIRE_MISSING_FIELD", (w) => void (part(w, "header").mode = 99 as never)],
    ["part 3 of 2", "HOTSPAN_WIRE_BAD_VALUE", (w) => Object.assign(part(w, "header"), { part: 3, parts: 2 })],
    ["no period", "HOTSPAN_WIRE_BAD_VALUE", (w) => void (part(w, "header").periodNanos = 0n)],
    [
      "a window of an hour",
      "HOTSPAN_WIRE_TOO_LONG",
      (w) => {
        (part(w, "header").end as { monotonicNanos: bigint }).monotonicNanos += 3_600_000_000_000n;
      },
    ],
    ["columns of unequal length", "HOTSPAN_WIRE_BAD_COLUMNS", (w) => void part(w, "ticks").cpuMicros.pop()],
    [
      "sources of fewer resumes than there are",
      "HOTSPAN_WIRE_BAD_COLUMNS",
      (w) => void (part(w, "journal").resumeSource = new Uint8Array(1)),
    ],
    [
      "lateness of fewer resumes than there are",
      "HOTSPAN_WIRE_BAD_COLUMNS",
      (w) => void part(w, "journal").resumeLateMicros.push(1),
    ],
    [
      "fewer run delays than readings of them",
      "HOTSPAN_WIRE_BAD_COLUMNS",
      (w) => void part(w, "journal").runDelayMicros.push(1),
    ],
    ["a tick in an unknown state", "HOTSPAN_WIRE_BAD_VALUE", (w) => void (part(w, "ticks").state[0] = 9)],
    [
      "a label that is not there",
      "HOTSPAN_WIRE_BAD_REFERENCE",
      (w) => void (part(w, "ticks").label[0] = 999),
    ],
    [
      "a turn's label that is not there",
      "HOTSPAN_WIRE_BAD_REFERENCE",
      (w) => void (part(w, "journal").turnLabel[0] = 999),
    ],
    [
      "ticks years behind the window",
      "HOTSPAN_WIRE_BAD_VALUE",
      (w) => void (part(w, "ticks").deltaMicros[0] = 4e9),
    ],
    [
      "a trace id of 3 bytes",
      "HOTSPAN_WIRE_BAD_VALUE",
      (w) => {
        (part(w, "labels").rows[0] as { traceId: Uint8Array }).traceId = new Uint8Array(3);
      },
    ],
    [
      "an endless endpoint",
      "HOTSPAN_WIRE_STRING_TOO_LONG",
      (w) => {
        (part(w, "labels").rows[0] as { endpoint: string }).endpoint = "x".repeat(300);
      },
    ],
  ])("refuses %s", (_what, code, change) => {
    expect(codeOf(changed(change))).toBe(code);
  });

  it.each<[Partial<Limits>, WireErrorCode]>([
    [{ windowBytes: 100 }, "HOTSPAN_WIRE_WINDOW_TOO_LARGE"],
    [{ ticks: 3 }, "HOTSPAN_WIRE_TOO_MANY_TICKS"],
    [{ labels: 3 }, "HOTSPAN_WIRE_TOO_MANY_LABELS"],
    [{ userLabels: 0 }, "HOTSPAN_WIRE_TOO_MANY_USER_LABELS"],
    [{ resourceAttributes: 2 }, "HOTSPAN_WIRE_TOO_MANY_ATTRIBUTES"],
    [{ turns: 1 }, "HOTSPAN_WIRE_TOO_MANY_TURNS"],
    [{ events: 1 }, "HOTSPAN_WIRE_TOO_MANY_EVENTS"],
    [{ nameLength: 5 }, "HOTSPAN_WIRE_STRING_TOO_LONG"],
  ])("holds the limit %o", (limit, code) => {
    expect(codeOf(encodeWindow(small), { ...LIMITS, ...limit })).toBe(code);
  });

  it("has an API code for every error code", () => {
    const api = new Set(WIRE_ERROR_CODES.map((code) => new WireError(code, "").apiCode));
    expect(api).toEqual(
      new Set([
        "bad_window",
        "window_too_large",
        "wire_version_unsupported",
        "unsupported_media_type",
        "time_out_of_range",
      ]),
    );
  });

  it("throws nothing but WireError, whatever the bytes", () => {
    const right = encodeWindow(small);
    const mutation = fc.record({ at: fc.nat(right.length - 1), to: fc.nat(255) });
    const mutated = fc
      .tuple(fc.array(mutation, { minLength: 1, maxLength: 8 }), fc.nat(right.length))
      .map(([changes, cut]) => {
        const bytes = Uint8Array.from(cut % 4 === 0 ? right.subarray(0, cut) : right);
        for (const { at, to } of changes) if (at < bytes.length) bytes[at] = to;
        return bytes;
      });
    let decoded = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: mutated }, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        if (codeOf(bytes) === undefined) decoded++;
      }),
      { seed: 4, numRuns: 5000 },
    );
    // Most changes fall into the pprof section, which is opened later.
    expect(decoded).toBeGreaterThan(100);
  });
});

describe("timeInRange", () => {
  const record = 1_795_000_000_000;

  it.each([
    [0, true],
    [300_000, true],
    [300_001, false],
    [-86_400_000, true],
    [-86_400_001, false],
    [Number.NaN, false],
  ])("of a clock %d ms off is %s", (offset, expected) => {
    expect(timeInRange(record + offset, record)).toBe(expected);
  });
});
