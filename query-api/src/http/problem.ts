import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError, ERROR_CODES } from "../errors.ts";

const typePrefix = "urn:hotspan:problem:";

interface Violation {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: unknown;
}

/** Where one of some words is wanted, each of them is a violation. */
function choiceOf(violations: readonly Violation[], first: Violation | undefined): string | undefined {
  if (first?.keyword !== "const") return undefined;
  const words = violations
    .filter(({ keyword, instancePath }) => keyword === "const" && instancePath === first.instancePath)
    .map(({ params }) => String((params as { allowedValue?: unknown }).allowedValue));
  return `must be ${words.length > 1 ? "one of " : ""}${[...new Set(words)].join(", ")}`;
}

function fromValidation(violations: readonly Violation[], context: string): ApiError {
  const first = violations.find((one) => one.keyword === "additionalProperties") ?? violations[0];
  const params = (first?.params ?? {}) as {
    additionalProperty?: string;
    additionalProperties?: readonly string[];
    missingProperty?: string;
    requiredProperties?: readonly string[];
  };
  // Of something nested, the field it lies in.
  const field =
    (first?.instancePath.split("/")[1] || undefined) ??
    params.additionalProperty ??
    params.additionalProperties?.[0] ??
    params.missingProperty ??
    params.requiredProperties?.[0];
  const unknown = first?.keyword === "additionalProperties";
  const where =
    context === "querystring" ? "query parameter" : context === "body" ? "body field" : "path parameter";
  const named = field === undefined || field === "" ? context : field;
  const detail = unknown
    ? `${named}: unknown ${where}`
    : `${named}: ${choiceOf(violations, first) ?? first?.message ?? "invalid"}`;
  return new ApiError("bad_parameter", detail, { field: field === "" ? undefined : field });
}

function toApiError(error: FastifyError | ApiError): ApiError {
  if (error instanceof ApiError) return error;
  if (error.validation !== undefined)
    return fromValidation(error.validation as readonly Violation[], error.validationContext ?? "request");
  switch (error.code) {
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new ApiError("unsupported_media_type", "Send application/json.");
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new ApiError("body_too_large", "The body is too large.");
    default:
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new ApiError("bad_parameter", error.message, { cause: error });
  return new ApiError("internal", "Unexpected failure.", { cause: error });
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  const [status, title] = ERROR_CODES[error.code];
  if (error.retryAfterSeconds !== undefined) reply.header("retry-after", error.retryAfterSeconds);
  if (error.code === "unauthorized") reply.header("www-authenticate", 'Bearer realm="hotspan"');
  return reply
    .code(status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send({
      type: `${typePrefix}${error.code}`,
      title,
      status,
      detail: error.message,
      code: error.code,
      requestId: request.id,
      field: error.field,
    });
}

/** Every failure leaves as problem details; causes go to the log only. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((failure: FastifyError | ApiError, request, reply) => {
    const error = toApiError(failure);
    if (reply.raw.destroyed && !reply.raw.writableFinished) {
      request.log.debug({ code: error.code }, "client gone");
    } else if (error.status >= 500) {
      request.log.error({ err: failure, code: error.code }, error.message);
    } else request.log.debug({ code: error.code, detail: error.message }, "refused");
    return sendProblem(request, reply, error);
  });
}
