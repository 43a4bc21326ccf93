import { createServer, request } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A door before ClickHouse that makes it slow, or gives its statements settings they did not ask for. */
export interface Proxy {
  readonly url: string;
  delayMs: number;
  settings: Readonly<Record<string, string>>;
  /** Statements that came through. */
  passed: number;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      await sleep(proxy.delayMs);
      const url = new URL(incoming.url ?? "/", target);
      for (const [name, value] of Object.entries(proxy.settings)) url.searchParams.set(name, value);
      const passed = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
        proxy.passed++;
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      passed.once("error", () => outgoing.destroy());
      incoming.pipe(passed);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    settings: {},
    passed: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
