import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError, ERROR_CODES } from "../errors.ts";
import type { Problem } from "../types.ts";

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

function fromValidation(violations: readonly Violation[], context: string, query: unknown): ApiError {
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
  const given =
    context === "querystring" && first?.keyword === "type" && first.instancePath === `/${field}`
      ? (query as Readonly<Record<string, unknown>>)[field!]
      : undefined;
  const detail = unknown
    ? `${named}: unknown ${where}`
    : Array.isArray(given)
      ? `${named}: given more than once`
      : `${named}: ${choiceOf(violations, first) ?? first?.message ?? "invalid"}`;
  return new ApiError("bad_parameter", detail, { field: field === "" ? undefined : field });
}

function toApiError(error: FastifyError | ApiError, query: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error.validation !== undefined)
    return fromValidation(
      error.validation as readonly Violation[],
      error.validationContext ?? "request",
      query,
    );
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

/** As the body of an answer. */
export function problemOf(request: Pick<FastifyRequest, "id">, error: ApiError): Problem {
  const [status, title] = ERROR_CODES[error.code];
  return {
    type: `${typePrefix}${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId: request.id,
    ...(error.field === undefined ? {} : { field: error.field }),
  };
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header("retry-after", error.retryAfterSeconds);
  if (error.challenge !== undefined) reply.header("www-authenticate", error.challenge);
  return reply
    .code(error.status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send(problemOf(request, error));
}

/** Every failure leaves as problem details; causes go to the log only. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((failure: FastifyError | ApiError, request, reply) => {
    const error = toApiError(failure, request.query);
    if (reply.raw.destroyed && !reply.raw.writableFinished) {
      request.log.debug({ code: error.code }, "client gone");
    } else if (error.status >= 500) {
      request.log.error({ err: failure, code: error.code }, error.message);
    } else request.log.debug({ code: error.code, detail: error.message }, "refused");
    return sendProblem(request, reply, error);
  });
}

/** Bodies are JSON as it stands: neither text nor anything compressed. */
export function jsonOnly(app: FastifyInstance): void {
  app.removeContentTypeParser("text/plain");
  app.addHook("preParsing", async (request) => {
    const coding = request.headers["content-encoding"];
    if (request.method === "POST" && coding !== undefined && coding.toLowerCase() !== "identity")
      throw new ApiError("unsupported_media_type", "Send the body without Content-Encoding.");
  });
}

const brokenRequests: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "The address and headers are too long.",
  ERR_HTTP_REQUEST_TIMEOUT: "The request did not arrive in time.",
};

/** What is no request of HTTP reaches no handler; its answer is written to the connection. */
export function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const detail = brokenRequests[error.code ?? ""] ?? "This is no request of HTTP.";
  const id = randomBytes(8).toString("hex");
  const body = JSON.stringify(problemOf({ id }, new ApiError("bad_parameter", detail)));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nx-request-id: ${id}\r\ncache-control: no-store\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
