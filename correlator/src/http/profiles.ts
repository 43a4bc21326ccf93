import { HEADERS, LIMITS, WINDOW_CONTENT_TYPE, WireError } from "@hotspan/wire";
import type { FastifyInstance } from "fastify";
import { inspectWindow } from "../decode/index.ts";
import { bytesOf, contentTypeOf, encodingOf } from "./body.ts";
import type { Intake } from "./intake.ts";
import { Problem } from "./problem.ts";

const types = [WINDOW_CONTENT_TYPE, "application/x-protobuf", "application/octet-stream"] as const;

/** `POST /v1/profiles`: one window. 202 once it is on disk; what could never be stored is refused at once. */
export function profileRoute(app: FastifyInstance, intake: Intake): void {
  app.post("/v1/profiles", { bodyLimit: LIMITS.messageBytes }, async (request, reply) => {
    const { headers } = request;
    contentTypeOf(headers["content-type"], types);
    const encoding = encodingOf(headers["content-encoding"]);
    const value = bytesOf(request.body);
    const receivedMs = Date.now();
    try {
      await inspectWindow(value, encoding, receivedMs);
    } catch (error) {
      if (error instanceof WireError) throw new Problem(error.apiCode, error.message);
      throw error;
    }
    await intake.take("profiles", {
      timestampMs: receivedMs,
      headers: { [HEADERS.encoding]: encoding },
      value,
    });
    return reply.code(202).send();
  });
}
