import { decompress, WireError } from "@hotspan/wire";
import type { FastifyInstance } from "fastify";
import { maxSpanBytes } from "../delivery/encode.ts";
import { inspectSpans, type SpanContentType } from "../delivery/spans.ts";
import { bytesOf, contentTypeOf, encodingOf } from "./body.ts";
import type { Intake } from "./intake.ts";
import { Problem } from "./problem.ts";

const types = ["application/x-protobuf", "application/json"] as const;

/** `POST /v1/traces`: OTLP/HTTP. 200 once it is on disk; spans that cannot be stored are told in `partial_success`. */
export function traceRoute(app: FastifyInstance, intake: Intake): void {
  app.post("/v1/traces", { bodyLimit: 16 << 20 }, async (request, reply) => {
    const type: SpanContentType = contentTypeOf(request.headers["content-type"], types);
    const encoding = encodingOf(request.headers["content-encoding"]);
    const value = bytesOf(request.body);
    const receivedMs = Date.now();
    const rejected = inspectSpans(await open(value, encoding), type, receivedMs);
    const headers = { "content-type": type, "content-encoding": encoding };
    await intake.take("spans", { timestampMs: receivedMs, headers, value });
    return reply.code(200).type(type).send(answer(type, rejected));
  });
}

async function open(value: Uint8Array, encoding: string): Promise<Uint8Array> {
  try {
    return await decompress(value, encoding, maxSpanBytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const large = error.apiCode === "window_too_large";
    throw new Problem(large ? "body_too_large" : "bad_parameter", error.message);
  }
}

const reason = "spans without valid ids, or further from now than 24 h back and 5 min ahead";

/** ExportTraceServiceResponse: `partial_success` (1) of `rejected_spans` (1) and `error_message` (2). */
function answer(type: SpanContentType, rejected: number): Buffer | string {
  if (type === "application/json") {
    const partialSuccess = { rejectedSpans: rejected.toString(), errorMessage: reason };
    return JSON.stringify(rejected === 0 ? {} : { partialSuccess });
  }
  if (rejected === 0) return Buffer.alloc(0);
  const count: number[] = [];
  for (let rest = rejected; ; rest = Math.floor(rest / 128)) {
    count.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) break;
  }
  const text = Buffer.from(reason);
  const partial = Buffer.concat([Buffer.from([0x08, ...count, 0x12, text.length]), text]);
  return Buffer.concat([Buffer.from([0x0a, partial.length]), partial]);
}
