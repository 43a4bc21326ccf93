import { createServer, request, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A real forward proxy: tunnels by CONNECT, and absolute addresses over plain HTTP. */
export class Proxy {
  /** What it was asked for: `CONNECT host:port`, `POST http://…`. */
  readonly asked: string[] = [];
  /** `Basic …` it insists on. */
  authorization: string | undefined;
  /** Takes connections and never answers. */
  silent = false;
  readonly #server: Server;
  readonly #scheme: "http" | "https";
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, scheme: "http" | "https") {
    this.#server = server;
    this.#scheme = scheme;
  }

  /** @param tls of the way to the proxy itself */
  static async start(tls?: ServerOptions): Promise<Proxy> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const proxy = new Proxy(server, tls === undefined ? "http" : "https");
    server.on("connection", (socket: Socket) => {
      proxy.#sockets.add(socket);
      socket.on("close", () => proxy.#sockets.delete(socket)).on("error", () => {});
    });
    server.on("connect", (incoming, client: Socket, head) => {
      proxy.asked.push(`CONNECT ${incoming.url}`);
      if (proxy.silent) return;
      if (!proxy.#lets(incoming.headers["proxy-authorization"])) {
        client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      const { hostname, port } = new URL(`http://${incoming.url}`);
      const upstream = connect(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      proxy.#sockets.add(upstream);
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    server.on("request", (incoming, response) => {
      proxy.asked.push(`${incoming.method} ${incoming.url}`);
      if (proxy.silent) return;
      if (!proxy.#lets(incoming.headers["proxy-authorization"])) {
        response.writeHead(407).end();
        return;
      }
      const { method, headers } = incoming;
      const upstream = request(incoming.url ?? "", { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.on("error", () => response.writeHead(502).end());
      incoming.pipe(upstream);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #lets(given: string | undefined): boolean {
    return this.authorization === undefined || given === this.authorization;
  }
}
