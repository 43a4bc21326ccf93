import { decompress, WireError } from "@hotspan/wire";
import type { FastifyInstance } from "fastify";
import { maxPlainBytes } from "../delivery/encode.ts";
import { DecodeError, inspectSpans, type OtlpContentType, type SpanCounts } from "../decode/index.ts";
import { bytesOf, contentTypeOf, encodingOf } from "./body.ts";
import type { Intake } from "./intake.ts";
import { Problem } from "./problem.ts";

const types = ["application/x-protobuf", "application/json"] as const;

/**
 * `POST /v1/traces`: OTLP/HTTP. 200 once it is on disk; spans that cannot be stored are told in `partial_success`.
 * @param elsewhere the table that others write spans to: then they are refused here, for good, so that no sender waits or tries again
 */
export function traceRoute(app: FastifyInstance, intake: Intake, elsewhere: string | undefined): void {
  app.post("/v1/traces", { bodyLimit: 16 << 20 }, async (request, reply) => {
    if (elsewhere !== undefined)
      throw new Problem(
        "not_found",
        `spans are not taken here: they are read from ${elsewhere} (HOTSPAN_TRACES_TABLE). Send them to the Collector that writes that table`,
      );
    const type: OtlpContentType = contentTypeOf(request.headers["content-type"], types);
    const encoding = encodingOf(request.headers["content-encoding"]);
    const value = bytesOf(request.body);
    const receivedMs = Date.now();
    const counts = await inspect(value, encoding, type, receivedMs);
    const headers = { "content-type": type, "content-encoding": encoding };
    await intake.take("spans", { timestampMs: receivedMs, headers, value });
    return reply.code(200).type(type).send(answer(type, counts));
  });
}

async function inspect(
  value: Uint8Array,
  encoding: string,
  type: OtlpContentType,
  receivedMs: number,
): Promise<SpanCounts> {
  try {
    return inspectSpans(await decompress(value, encoding, maxPlainBytes), type, receivedMs);
  } catch (error) {
    if (error instanceof WireError && error.apiCode === "window_too_large")
      throw new Problem("body_too_large", `more than ${maxPlainBytes} bytes when decompressed`);
    if (error instanceof WireError || error instanceof DecodeError)
      throw new Problem("bad_parameter", error.message);
    throw error;
  }
}

/** ExportTraceServiceResponse: `partial_success` (1) of `rejected_spans` (1) and `error_message` (2). */
function answer(type: OtlpContentType, { rejected, reason = "" }: SpanCounts): Buffer | string {
  if (type === "application/json") {
    const partialSuccess = { rejectedSpans: rejected.toString(), errorMessage: reason };
    return JSON.stringify(rejected === 0 ? {} : { partialSuccess });
  }
  if (rejected === 0) return Buffer.alloc(0);
  const text = Buffer.from(reason);
  const partial = Buffer.concat([
    Buffer.from([0x08, ...varint(rejected), 0x12, ...varint(text.length)]),
    text,
  ]);
  return Buffer.concat([Buffer.from([0x0a, ...varint(partial.length)]), partial]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
