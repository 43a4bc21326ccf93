/** Everything a request can be answered with besides 2xx: code → status and title. The list is closed within v1. */
export const ERROR_CODES = {
  bad_parameter: [400, "Bad parameter"],
  bad_filter: [400, "Bad filter"],
  range_too_large: [400, "Range too large"],
  unauthorized: [401, "Unauthorized"],
  forbidden: [403, "Forbidden"],
  not_found: [404, "Not found"],
  trace_not_found: [404, "Trace not found"],
  span_not_found: [404, "Span not found"],
  format_not_available: [406, "Format not available"],
  body_too_large: [413, "Body too large"],
  unsupported_media_type: [415, "Unsupported media type"],
  not_comparable: [422, "Not comparable"],
  time_out_of_range: [422, "Time out of range"],
  rate_limited: [429, "Too many requests"],
  internal: [500, "Internal error"],
  store_unavailable: [503, "Store unavailable"],
  query_timeout: [504, "Query timeout"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorExtra extends ErrorOptions {
  /** The parameter or body field at fault. */
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Value of `WWW-Authenticate`. */
  readonly challenge?: string | undefined;
}

/** An answer to the client. `detail` is shown to people and carries no secret. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly challenge: string | undefined;

  constructor(code: ErrorCode, detail: string, extra: ErrorExtra = {}) {
    super(detail, extra);
    this.name = "ApiError";
    this.code = code;
    this.field = extra.field;
    this.retryAfterSeconds = extra.retryAfterSeconds;
    this.challenge = extra.challenge;
  }

  get status(): number {
    return ERROR_CODES[this.code][0];
  }
}
