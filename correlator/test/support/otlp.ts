import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../src/decode/fixtures");
const recordedNanos = 1_767_323_045_000_000_000n;

/** The recorded OTLP profile as of now, with ids of its own: 7 rows, 3 of them of the trace. */
export function freshOtlpProfile(): { readonly value: Buffer; readonly traceId: string } {
  const value = readFileSync(join(folder, "otlp_profiles-0-0.bin"));
  const shift = (BigInt(Date.now()) - 60_000n) * 1_000_000n - recordedNanos;
  for (let at = 0; at + 8 <= value.length; at++) {
    const nanos = value.readBigUInt64LE(at);
    if (nanos < recordedNanos || nanos > recordedNanos + 1_000_000_000n) continue;
    value.writeBigUInt64LE(nanos + shift, at);
    at += 7;
  }
  const fresh = (recorded: string): string => {
    const id = randomBytes(16);
    const old = Buffer.from(recorded, "hex");
    for (let at = value.indexOf(old); at >= 0; at = value.indexOf(old, at + 16)) id.copy(value, at);
    return id.toString("hex");
  };
  fresh("e0000000000000000000000000000001");
  return { value, traceId: fresh("a0000000000000000000000000000001") };
}

/** The same profile as a Collector puts it into JSON. */
export function freshOtlpJsonProfile(): { readonly value: Buffer; readonly traceId: string } {
  const shift = (BigInt(Date.now()) - 60_000n) * 1_000_000n - recordedNanos;
  const traceId = randomBytes(16).toString("hex");
  const text = readFileSync(join(folder, "otlp_profiles_json-3-0.bin"), "utf8")
    .replaceAll(/"(17673230\d{11})"/g, (_, nanos: string) => `"${BigInt(nanos) + shift}"`)
    .replaceAll("a0000000000000000000000000000001", traceId)
    .replaceAll("e0000000000000000000000000000001", randomBytes(16).toString("hex"));
  return { value: Buffer.from(text), traceId };
}

/** One span in OTLP/JSON. */
export function freshJsonSpan(): { readonly value: Buffer; readonly traceId: string } {
  const traceId = randomBytes(16).toString("hex");
  const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const span = {
    traceId,
    spanId: traceId.slice(16),
    name: "json",
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
  };
  return {
    value: Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })),
    traceId,
  };
}

/** A trace of a service in OTLP/JSON, of spans one behind the other. */
export function spansOf(service: string, count: number): Buffer {
  const traceId = randomBytes(16).toString("hex");
  const start = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: `step ${i}`,
    kind: 2,
    startTimeUnixNano: String(start + BigInt(i) * 1_000_000n),
    endTimeUnixNano: String(start + BigInt(i + 1) * 1_000_000n),
    attributes: [{ key: "http.route", value: { stringValue: "/cart" } }],
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  return Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
}
