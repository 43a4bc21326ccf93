import { decompress, HEADERS, LIMITS, WireError } from "@hotspan/wire";
import type { FastifyInstance } from "fastify";
import { DecodeError, readOtlpProfiles, readPlainPprof } from "../decode/index.ts";
import { maxPlainBytes } from "../delivery/encode.ts";
import { bytesOf, contentTypeOf, encodingOf } from "./body.ts";
import type { Intake } from "./intake.ts";
import { Problem } from "./problem.ts";

const protobuf = "application/x-protobuf";
const otlpTypes = [protobuf, "application/json"] as const;
const pprofTypes = [protobuf, "application/octet-stream", "application/vnd.google.protobuf"] as const;

/**
 * Profiles without ticks, from other profilers: `POST /v1development/profiles` (OTLP) and `POST /v1/pprof?service=NAME`.
 * Answered once they are on disk; what could never be stored is refused at once.
 */
export function plainProfileRoutes(app: FastifyInstance, intake: Intake): void {
  app.post("/v1development/profiles", { bodyLimit: 16 << 20 }, async (request, reply) => {
    const type = contentTypeOf(request.headers["content-type"], otlpTypes);
    const encoding = encodingOf(request.headers["content-encoding"]);
    const value = bytesOf(request.body);
    const timestampMs = Date.now();
    await inspect(value, encoding, (bytes) =>
      readOtlpProfiles(bytes, timestampMs, LIMITS, type === "application/json"),
    );
    const headers = { [HEADERS.format]: "otlp", "content-type": type, [HEADERS.encoding]: encoding };
    await intake.take("profiles", { timestampMs, headers, value });
    // ExportProfilesServiceResponse without a partial success.
    return reply
      .code(200)
      .type(type)
      .send(type === protobuf ? Buffer.alloc(0) : "{}");
  });

  app.post("/v1/pprof", { bodyLimit: 16 << 20 }, async (request, reply) => {
    const { service } = request.query as { readonly service?: unknown };
    if (typeof service !== "string" || service === "" || service.length > LIMITS.nameLength)
      throw new Problem(
        "bad_parameter",
        `?service= names who was profiled, in 1 to ${LIMITS.nameLength} characters`,
      );
    contentTypeOf(request.headers["content-type"], pprofTypes);
    const value = bytesOf(request.body);
    // Files of pprof are gzip by themselves.
    const zipped = value[0] === 0x1f && value[1] === 0x8b;
    const encoding = zipped ? "gzip" : encodingOf(request.headers["content-encoding"]);
    const timestampMs = Date.now();
    await inspect(value, encoding, (bytes) => readPlainPprof(bytes, service, timestampMs));
    const headers = {
      [HEADERS.format]: "pprof",
      [HEADERS.service]: service,
      [HEADERS.encoding]: encoding,
    };
    await intake.take("profiles", { timestampMs, headers, value });
    return reply.code(202).send();
  });
}

async function inspect(
  value: Uint8Array,
  encoding: string,
  read: (bytes: Uint8Array) => unknown,
): Promise<void> {
  try {
    read(await decompress(value, encoding, maxPlainBytes));
  } catch (error) {
    if (error instanceof DecodeError) throw new Problem("bad_parameter", `${error.message} (${error.code})`);
    if (!(error instanceof WireError)) throw error;
    // The codes speak of windows.
    const { apiCode } = error;
    const code =
      apiCode === "window_too_large"
        ? "body_too_large"
        : apiCode === "bad_window"
          ? "bad_parameter"
          : apiCode;
    throw new Problem(code, error.message);
  }
}
