// One door to the query API. Addresses are resolved against <base>, so the app works under any path.
import { readEvents, type ServerEvent } from "./events.ts";
import { currentToken, tellRefused } from "./token.ts";

/** A request that failed. `code` is one of the API's closed list, or `unreachable` when nothing answered. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly field: string | undefined;
  /** When the server may be asked again, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    fields: {
      code: string;
      status: number;
      requestId?: string | undefined;
      field?: string | undefined;
      retryAfterMs?: number | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = fields.code;
    this.status = fields.status;
    this.requestId = fields.requestId;
    this.field = fields.field;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/**
 * The absolute address of an API path, with the query's defined values; arrays become repeated names. A path with
 * a slash in front is one the API itself gave (`/api/v1/…`): it lies below wherever this app is served.
 */
export function apiUrl(path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
  const url = new URL(path.startsWith("/") ? path.slice(1) : `api/v1/${path}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
  return url.href;
}

interface RequestOptions {
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly accept?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

async function request(path: string, options: RequestOptions): Promise<Response> {
  const { query, accept = "*/*", body, signal } = options;
  const token = currentToken();
  const headers = new Headers({ accept });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  let response: Response;
  try {
    response = await fetch(apiUrl(path, query), {
      headers,
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiError(
      "Hotspan did not answer. Is it still running?",
      { code: "unreachable", status: 0 },
      { cause },
    );
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.code === "unauthorized") tellRefused(token);
  throw problem;
}

async function readJson<T>(response: Response, signal?: AbortSignal): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    const fields = { code: "bad_answer", status: response.status };
    throw new ApiError("The answer was not JSON.", fields, { cause });
  }
}

/** Throws ApiError; an aborted request throws the signal's own error. */
export async function getJson<T>(
  path: string,
  query: Readonly<Record<string, QueryValue>>,
  signal: AbortSignal,
): Promise<T> {
  return readJson<T>(await request(path, { query, accept: "application/json", signal }), signal);
}

/** Throws ApiError; an aborted request throws the signal's own error. */
export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const options = { body, accept: "application/json", ...(signal === undefined ? {} : { signal }) };
  return readJson<T>(await request(path, options), signal);
}

/** As postJson, of an answer that comes in events. */
export async function postEvents(
  path: string,
  body: unknown,
  signal: AbortSignal,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  await readEvents(await request(path, { body, accept: "text/event-stream", signal }), onEvent);
}

/** The bytes of an export. Throws ApiError. */
export async function getBlob(path: string, query: Readonly<Record<string, QueryValue>>): Promise<Blob> {
  return (await request(path, { query })).blob();
}

/** As getBlob, for answers that need a body. */
export async function postBlob(path: string, body: unknown): Promise<Blob> {
  return (await request(path, { body })).blob();
}

async function problemOf(response: Response): Promise<ApiError> {
  let problem: Readonly<Record<string, unknown>> = {};
  try {
    problem = (await response.json()) as Readonly<Record<string, unknown>>;
  } catch {
    // A proxy's page, not ours: the status has to do.
  }
  const text = (name: string): string | undefined =>
    typeof problem[name] === "string" && problem[name] !== "" ? problem[name] : undefined;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError(text("detail") ?? text("title") ?? `The server answered ${response.status}.`, {
    code: text("code") ?? `http_${response.status}`,
    status: response.status,
    requestId: text("requestId") ?? response.headers.get("x-request-id") ?? undefined,
    field: text("field"),
    retryAfterMs: seconds > 0 ? seconds * 1000 : undefined,
  });
}
