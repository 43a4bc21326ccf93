import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/**
 * Two different loopback ports nobody listens on at this moment. Another process may take one before the server does:
 * the caller starts over with new ones then.
 */
export async function freePorts(): Promise<{ readonly http: number; readonly tcp: number }> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return { http: ports[0] as number, tcp: ports[1] as number };
}
