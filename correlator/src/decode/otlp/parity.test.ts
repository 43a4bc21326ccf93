import fc from "fast-check";
import { expect, test } from "vitest";
import { BatchBuilder } from "../batch.ts";
import type { OtlpContentType } from "../spans.ts";
import { type Any, type Attribute, codes, expectedRow, kinds } from "../testing/expected-spans.ts";
import { encodeTraces } from "../testing/otlp-schema.ts";
import { type Row, rowsOf } from "../testing/rows.ts";

// Whichever way a span comes in, in protobuf as another library writes it or in JSON with any of the liberties JSON has, its row is
// the same: that of the span itself.

const startNanos = 1_767_323_045_123_456_789n;

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "\u0000", "\u2028", '"\\\n</script>', "é", "👩‍👩‍👧", "x".repeat(300)),
);
const double = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1, 1e20, 1e21, 1e-6, 1e-7, 5e-324, 2 ** 53),
);
const int64 = fc
  .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer().map(BigInt))
  .map((value) => ({ intValue: String(value) }));
const { attribute } = fc.letrec<{ value: Any; attribute: Attribute }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    int64,
    double.map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ bytesValue: Buffer.from(bytes).toString("base64") })),
    fc.array(tie("value"), { maxLength: 4 }).map((values) => ({ arrayValue: { values } })),
    fc.array(tie("attribute"), { maxLength: 4 }).map((values) => ({ kvlistValue: { values } })),
    fc.constant({}),
  ),
  attribute: fc.record({ key: text, value: tie("value") }),
}));
const attributes = fc.array(attribute, { maxLength: 6 });
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((id) => Buffer.from([id[0] ? id[0] : 1, ...id.slice(1)]).toString("hex"));
const nanos = fc.bigInt({ min: 0n, max: 200_000_000_000n }).map((more) => String(startNanos + more));
const span = fc.record({
  traceId: hex(16),
  spanId: hex(8),
  parentSpanId: fc.oneof(hex(8), fc.constant("")),
  traceState: text,
  name: text,
  kind: fc.integer({ min: 0, max: 5 }),
  startTimeUnixNano: nanos,
  endTimeUnixNano: fc.oneof(nanos, fc.constant("0")),
  attributes,
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
  events: fc.array(fc.record({ timeUnixNano: fc.oneof(nanos, fc.constant("0")), name: text, attributes }), {
    maxLength: 3,
  }),
  links: fc.array(fc.record({ traceId: hex(16), spanId: hex(8), traceState: text, attributes }), {
    maxLength: 3,
  }),
});
const message = fc.record({
  resource: fc.record({ attributes }),
  scope: fc.record({ name: text, version: text }),
  spans: fc.array(span, { minLength: 1, maxLength: 3 }),
});

function rows(bytes: Uint8Array, type: OtlpContentType): readonly Row[] {
  const builder = new BatchBuilder(1n);
  const timestampMs = Number(startNanos / 1_000_000n) + 200_000;
  builder.addSpans({ source: "s", offset: 0n, timestampMs, headers: {} }, bytes, type);
  const { blocks, deadLetters } = builder.finish();
  expect(deadLetters).toEqual([]);
  return blocks.filter(({ table }) => table === "otel_traces").flatMap(rowsOf);
}

/** JSON knows no NaN: OTLP has it as text. */
function asJson(value: object, free: boolean): Buffer {
  const json = JSON.stringify(value, (key: string, inner: unknown) => {
    if (typeof inner === "number" && key === "doubleValue") {
      if (!Number.isFinite(inner)) return String(inner);
      // No number of JSON.stringify is a negative zero.
      return Object.is(inner, -0) ? "-0" : inner;
    }
    if (free && key === "kind") return `SPAN_KIND_${(kinds[inner as number] ?? "").toUpperCase()}`;
    if (free && key === "code") return `STATUS_CODE_${(codes[inner as number] ?? "").toUpperCase()}`;
    if (free && typeof inner === "string" && key.endsWith("Id")) return inner.toUpperCase();
    return inner;
  });
  if (!free) return Buffer.from(json);
  // Names as in the schema, and 64-bit integers as numbers.
  const snake = json.replaceAll(/"([a-z]+(?:[A-Z][a-z]+)+)":/g, (all, name: string) =>
    known.has(name) ? `"${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":` : all,
  );
  return Buffer.from(snake.replaceAll(/"(int_value|\w+_unix_nano)":"(-?\d+)"/g, '"$1":$2'));
}
const known: ReadonlySet<string> = new Set(
  `resourceSpans scopeSpans traceId spanId parentSpanId traceState startTimeUnixNano endTimeUnixNano timeUnixNano stringValue boolValue
   intValue doubleValue bytesValue arrayValue kvlistValue`.split(/\s+/),
);

test("A span's row is the same from protobuf and from JSON, and is what the span says", () => {
  fc.assert(
    fc.property(message, ({ resource, scope, spans }) => {
      const whole = { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] };
      const expected = spans.map((one) => expectedRow(one, { resource, scope }));
      expect(rows(encodeTraces(whole), "application/x-protobuf")).toEqual(expected);
      expect(rows(asJson(whole, false), "application/json")).toEqual(expected);
      expect(rows(asJson(whole, true), "application/json")).toEqual(expected);
    }),
    { numRuns: process.env["HOTSPAN_NIGHTLY"] === "1" ? 5000 : 100 },
  );
});
