/** Codes of this server's answers, of the closed list of the HTTP API. */
export type ProblemCode =
  | "bad_window"
  | "bad_parameter"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "window_too_large"
  | "body_too_large"
  | "unsupported_media_type"
  | "time_out_of_range"
  | "wire_version_unsupported"
  | "rate_limited"
  | "store_unavailable"
  | "internal";

const known: Readonly<Record<ProblemCode, readonly [number, string]>> = {
  bad_window: [400, "The body is not a window"],
  bad_parameter: [400, "The request cannot be read"],
  unauthorized: [401, "A token is required"],
  forbidden: [403, "The caller may not do that"],
  not_found: [404, "There is nothing here"],
  window_too_large: [413, "The window is too large"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The content type or encoding is not known here"],
  time_out_of_range: [422, "The window's clock is out of range"],
  wire_version_unsupported: [426, "The window's version is too new"],
  rate_limited: [429, "Too many requests at once"],
  store_unavailable: [503, "Nothing can be taken at the moment"],
  internal: [500, "Something went wrong here"],
};

/** An answer other than success, as `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly retryAfterSeconds: number | undefined;
  /** Value of `WWW-Authenticate`. */
  readonly challenge: string | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    extra: number | { readonly retryAfterSeconds?: number; readonly challenge?: string } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    [this.status, this.title] = known[code];
    const { retryAfterSeconds, challenge } = typeof extra === "number" ? { retryAfterSeconds: extra } : extra;
    this.retryAfterSeconds = retryAfterSeconds;
    this.challenge = challenge;
  }
}
