import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { decodeWindow, decompress, type Window } from "@hotspan/wire";
import { afterEach, beforeEach } from "vitest";

export interface Received {
  readonly window: Window;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: number;
}

/** What a test wants to know of a span that came as OTLP JSON. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly scope: string;
  readonly service: string;
}

interface OtlpJson {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ReceivedSpan["attributes"] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: ReceivedSpan[];
    }[];
  }[];
}

function spansOf({ resourceSpans }: OtlpJson): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const name = resource.attributes.find(({ key }) => key === "service.name");
    const service = String(name?.value["stringValue"]);
    return scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({ ...span, scope: scope.name, service })),
    );
  });
}

/** A real HTTP receiver of windows: decodes what comes, answers what it is told to. */
export class Receiver {
  readonly received: Received[] = [];
  readonly requests: string[] = [];
  /** Of `POST /v1/traces`, which must be JSON. */
  readonly spans: ReceivedSpan[] = [];
  readonly traceHeaders: Readonly<Record<string, string | string[] | undefined>>[] = [];
  /** Status of the next answers. */
  status = 202;
  headers: Record<string, string> = {};
  /** Answers `GET /v1/agent/schedule`; undefined, or a number it returns: that status (404). */
  schedule: ((query: URLSearchParams) => object | number) | undefined;
  readonly asked: URLSearchParams[] = [];
  readonly #server: Server;
  readonly #scheme: "http" | "https";
  readonly #waiting: (() => void)[] = [];

  private constructor(server: Server, scheme: "http" | "https") {
    this.#server = server;
    this.#scheme = scheme;
  }

  /** @param tls for HTTPS */
  static async start(tls?: ServerOptions): Promise<Receiver> {
    const receiver = Receiver.#made(tls);
    await receiver.#listen();
    return receiver;
  }

  /** For all tests of a file: each finds it started anew, and with nothing received. */
  static each(): Receiver {
    const receiver = Receiver.#made();
    beforeEach(() => receiver.#listen());
    afterEach(() => receiver.close());
    return receiver;
  }

  static #made(tls?: ServerOptions): Receiver {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const receiver = new Receiver(server, tls === undefined ? "http" : "https");
    server.on("request", (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
      if (pathname === "/v1/agent/schedule") {
        receiver.asked.push(searchParams);
        const answer = receiver.schedule?.(searchParams) ?? 404;
        if (typeof answer === "number") response.writeHead(answer).end();
        else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
        return;
      }
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (pathname === "/v1/traces") {
          receiver.spans.push(...spansOf(JSON.parse(Buffer.concat(chunks).toString()) as OtlpJson));
          receiver.traceHeaders.push(request.headers);
          response.writeHead(200, { "content-type": "application/json" }).end("{}");
          for (const wake of receiver.#waiting.splice(0)) wake();
          return;
        }
        receiver.requests.push(`${request.method} ${request.url}`);
        void (async () => {
          if (receiver.status === 202) {
            const body = Buffer.concat(chunks);
            const bytes = await decompress(body, request.headers["content-encoding"]);
            receiver.received.push({
              window: decodeWindow(bytes),
              headers: request.headers,
              bytes: body.length,
            });
          }
          response.writeHead(receiver.status, receiver.headers).end();
        })().catch((error: unknown) => response.writeHead(400).end(String(error)));
        for (const wake of receiver.#waiting.splice(0)) wake();
      });
    });
    return receiver;
  }

  async #listen(): Promise<void> {
    for (const list of [this.received, this.requests, this.spans, this.traceHeaders, this.asked])
      list.length = 0;
    this.status = 202;
    this.headers = {};
    this.schedule = undefined;
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Each once: what was under way when its process ended is sent once more, as the same. */
  get windows(): Window[] {
    const once = new Map<string, Window>();
    for (const { window } of this.received) {
      const { profileId, part } = window.header;
      const id = `${profileId}/${part}`;
      if (!once.has(id)) once.set(id, window);
    }
    return [...once.values()];
  }

  /** Resolves once `enough` holds; the test's own timeout is the limit. */
  async until(enough: (receiver: Receiver) => boolean): Promise<void> {
    while (!enough(this))
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 100);
      });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
