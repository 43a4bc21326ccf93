import type { Agent } from "node:http";
import { WINDOW_CONTENT_TYPE } from "@hotspan/wire";
import { describe } from "../log.ts";
import { withoutTracing } from "../otel/suppress.ts";
import { withoutCredentials } from "../telemetry/shown-config.ts";
import type { Message } from "../window/encoder.ts";
import { sendAtExit } from "./at-exit.ts";
import { makePool, poolOptions, ProxyUnsupported, requestUnref, type Route } from "./route.ts";
import { isTlsError } from "./tls.ts";
import type { Outcome, Transport } from "./transport.ts";

const MAX_RETRY_AFTER_MILLIS = 300_000;

/** `POST {endpoint}/v1/profiles`, one connection kept alive and never a reason for the process to stay. */
export class HttpTransport implements Transport {
  readonly destination: string;
  readonly settings = {
    address: "HOTSPAN_ENDPOINT",
    credentials: "HOTSPAN_TOKEN",
    certificate: "HOTSPAN_CERTIFICATE",
  };
  readonly #url: URL;
  readonly #token: string | undefined;
  readonly #route: Route;
  #pool: Agent | undefined;

  constructor(endpoint: string, token: string | undefined, route: Route) {
    this.#url = new URL(`${endpoint}/v1/profiles`);
    this.destination = withoutCredentials(this.#url.href);
    this.#token = token;
    this.#route = route;
  }

  send({ body, headers }: Message, timeoutMillis: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const failed = (error: unknown): void => resolve(this.#failed(error));
      try {
        withoutTracing(() => {
          this.#pool ??= makePool(this.#url, this.#route, true);
          const request = requestUnref(this.#url, {
            method: "POST",
            agent: this.#pool,
            headers: this.#headers(headers, body),
          });
          const timer = setTimeout(
            () => request.destroy(new Error(`no answer within ${timeoutMillis} ms`)),
            timeoutMillis,
          ).unref();
          request.on("error", failed);
          request.on("close", () => clearTimeout(timer));
          request.on("response", (response) => {
            const detail: Buffer[] = [];
            let length = 0;
            response.on("data", (chunk: Buffer) => {
              if ((length += chunk.length) < 4096) detail.push(chunk);
            });
            response.on("error", failed);
            response.on("end", () =>
              resolve(
                outcome(
                  response.statusCode ?? 0,
                  response.headers["retry-after"],
                  wordsOf(Buffer.concat(detail).toString("utf8")).slice(0, 200),
                ),
              ),
            );
          });
          request.end(body);
        });
      } catch (error) {
        failed(error);
      }
    });
  }

  sendAtExit(messages: readonly Message[], budgetMillis: number): void {
    const url = this.#url.href;
    sendAtExit(
      messages.map(({ headers, body }) => ({ url, headers: this.#headers(headers, body), body })),
      poolOptions(this.#url, this.#route),
      budgetMillis,
    );
  }

  async close(): Promise<void> {
    this.#pool?.destroy();
    this.#pool = undefined;
  }

  #failed(error: unknown): Outcome {
    const reason = describe(error);
    // Without the proxy it would go where it must not.
    if (error instanceof ProxyUnsupported) return { kind: "absent", reason };
    const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
    if (code === "ERR_PROXY_TUNNEL" && statusCode === 407) return { kind: "retry", reason, blame: "proxy" };
    if (code === "EPROTO" && reason.includes("wrong version number"))
      return { kind: "retry", reason: "it does not answer with TLS: is it http://, not https://?" };
    if (!isTlsError(error)) return { kind: "retry", reason };
    // The next attempt reads the certificates anew.
    void this.close();
    return { kind: "retry", reason, blame: "certificate" };
  }

  #headers(headers: Message["headers"], body: Uint8Array): Record<string, string | number> {
    return {
      ...headers,
      "content-type": WINDOW_CONTENT_TYPE,
      "content-length": body.length,
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
  }
}

/** Of a problem in JSON what it says, as correlators answer; else the text. */
function wordsOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === "string" ? detail : body;
  } catch {
    return body;
  }
}

/** What the status of an answer means for the message. */
export function outcome(status: number, retryAfter: string | undefined, detail: string): Outcome {
  if (status >= 200 && status < 300) return { kind: "sent" };
  const reason = `HTTP ${status}${detail === "" ? "" : ` ${detail}`}`;
  switch (status) {
    case 404:
    case 405:
      return { kind: "absent", reason };
    case 400:
    case 413:
    case 415:
    case 422:
    case 426:
      return { kind: "refused", reason };
    case 401:
    case 403:
      return { kind: "retry", reason, blame: "credentials" };
    case 407:
      return { kind: "retry", reason, blame: "proxy" };
    default:
      return { kind: "retry", reason, afterMillis: retryAfterMillis(retryAfter) };
  }
}

/** Seconds or an HTTP date. */
function retryAfterMillis(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_MILLIS) : undefined;
}
