// A small router over node:http. It tells the HTTP instrumentation which route matched through the RPC metadata, as
// the instrumented frameworks do: that is where `http.route` and the name of the server span come from.
import { context } from "@opentelemetry/api";
import { getRPCMetadata, RPCType } from "@opentelemetry/core";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { port } from "./config.ts";
import { stopTelemetry } from "../telemetry.ts";

export interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined for GET. */
  readonly body: unknown;
}
type Handler = (request: Request) => unknown;

/** An error with a status the client may see. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

const BODY_LIMIT = 1_000_000;

async function readJson(request: http.IncomingMessage): Promise<unknown> {
  if (request.method === "GET") return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_LIMIT) throw new HttpError(413, "the body is too large");
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch (cause) {
    throw new HttpError(400, "the body is not JSON", { cause });
  }
}

function match(route: string, path: string): Record<string, string> | undefined {
  const wanted = route.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? "";
    if (part.startsWith("{")) {
      if (!/^[\w-]+$/.test(value)) return undefined;
      params[part.slice(1, -1)] = value;
    } else if (part !== value) return undefined;
  }
  return params;
}

/**
 * Serves `routes` (`"GET /cart/{id}"` → handler) until SIGTERM, SIGINT or the end of the parent; then ends what else the
 * service has (`close`) and flushes the spans.
 */
export function serve(
  routes: Readonly<Record<string, Handler>>,
  close: () => void | Promise<void> = () => undefined,
): void {
  const table = Object.entries(routes).map(([key, handler]) => {
    const [method = "", route = ""] = key.split(" ");
    return { method, route, handler };
  });

  const answer = async (request: http.IncomingMessage): Promise<unknown> => {
    const url = new URL(request.url ?? "/", "http://shop");
    for (const { method, route, handler } of table) {
      const params = method === request.method ? match(route, url.pathname) : undefined;
      if (params === undefined) continue;
      const metadata = getRPCMetadata(context.active());
      if (metadata?.type === RPCType.HTTP) metadata.route = route;
      return await handler({ params, query: url.searchParams, body: await readJson(request) });
    }
    throw new HttpError(404, "no such route");
  };

  const server = http.createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    answer(request).then(
      (body) => send(200, body),
      (error: unknown) => {
        const status = error instanceof HttpError ? error.status : 500;
        if (status >= 500) console.error(error);
        send(status, { error: error instanceof Error ? error.message : String(error) });
      },
    );
  });
  // Longer than a client keeps a connection: one whose loop was held must not meet a socket that was just closed.
  server.keepAliveTimeout = 60_000;
  server.on("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
    stop();
  });
  server.listen(port(), "127.0.0.1", () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (process.send === undefined) console.log(url);
    else if (process.connected) process.send({ type: "listening", url });
    // The parent ended while this program was loading.
    else stop();
  });

  let stopping = false;
  function stop(): void {
    if (stopping) return;
    stopping = true;
    // Only if something hangs: an ordinary end is an empty event loop, which lets every exit hook run.
    setTimeout(() => process.exit(1), 3500).unref();
    server.close(() => {
      void Promise.resolve(close())
        .catch((error: unknown) => console.error(error))
        .then(stopTelemetry)
        .finally(() => {
          if (process.connected) process.disconnect();
        });
    });
  }
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.once("disconnect", stop);
}
