import { CliError, messageOf } from "./errors.ts";
import { requireRunning } from "./instance/run-file.ts";

/** Where the API is: `--url`, else that of the instance running on `--data`. */
export interface ApiTarget {
  readonly url?: string | undefined;
  /** Absolute path. */
  readonly data: string;
}

/** GET of `/api/v1` + path with the token of HOTSPAN_TOKEN. Throws CliError with what the API says. */
export function getApi<T>(target: ApiTarget, path: string): Promise<T> {
  return requestJson<T>(target.url ?? requireRunning(target.data).url, `/api/v1${path}`);
}

/** GET, or POST where there is a body, or another method, with the token of HOTSPAN_TOKEN. Throws CliError with what the server says. */
export async function requestJson<T>(url: string, path: string, body?: object, method?: string): Promise<T> {
  const base = url.replace(/\/+$/, "");
  const token = process.env["HOTSPAN_TOKEN"];
  let response: Response;
  try {
    response = await fetch(base + path, {
      headers: {
        ...(token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { method: method ?? "POST", body: JSON.stringify(body) }),
    });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new CliError("HOTSPAN_CLI_API_UNREACHABLE", `${base} does not answer: ${messageOf(cause)}`, {
      cause: error,
    });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  const { detail, code } = (answer ?? {}) as { detail?: string; code?: string };
  throw new CliError(
    "HOTSPAN_CLI_QUERY_FAILED",
    detail === undefined
      ? `${base} is no Hotspan API: it answered ${response.status}`
      : `${detail}${code === "unauthorized" ? " Set HOTSPAN_TOKEN." : ""} (${code})`,
  );
}

/** `?a=b&c=d` of what is given. */
export function queryOf(params: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
