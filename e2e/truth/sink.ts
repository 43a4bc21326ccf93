// A receiver of windows and OTLP spans that keeps what comes, as it came.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { decompress, WINDOW_CONTENT_TYPE } from "@hotspan/wire";
import type { CorpusSpan } from "./corpus.ts";
import { type OtlpTraces, spansOf } from "./otlp.ts";

export class Sink {
  /** Encoded windows, uncompressed. */
  readonly windows: Uint8Array[] = [];
  readonly spans: CorpusSpan[] = [];
  readonly problems: unknown[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Sink> {
    const server = createServer();
    const sink = new Sink(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        // An agent asks when to sample: always.
        if (request.method === "GET") {
          response.writeHead(404).end();
          return;
        }
        const { "content-type": type = "", "content-encoding": encoding } = request.headers;
        void sink
          .#take(type, encoding, Buffer.concat(chunks))
          .then((status) => response.writeHead(status).end())
          .catch((problem: unknown) => {
            sink.problems.push(problem);
            response.writeHead(400).end();
          });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #take(type: string, encoding: string | undefined, body: Buffer): Promise<number> {
    const bytes = await decompress(body, encoding);
    if (type === WINDOW_CONTENT_TYPE) this.windows.push(bytes);
    else if (type.startsWith("application/json"))
      this.spans.push(...spansOf(JSON.parse(Buffer.from(bytes).toString("utf8")) as OtlpTraces));
    else throw new Error(`unexpected content type ${type}`);
    return type === WINDOW_CONTENT_TYPE ? 202 : 200;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
