import { connect } from "node:net";

// Metadata request v1 for all topics: size, api key 3, version 1, correlation id 1, client id "hotspan", topics null.
const clientId = Buffer.from("hotspan");
const request = Buffer.concat([
  Buffer.from([0, 0, 0, 14 + clientId.length]),
  Buffer.from([0, 3, 0, 1, 0, 0, 0, 1, 0, clientId.length]),
  clientId,
  Buffer.from([0xff, 0xff, 0xff, 0xff]),
]);

/**
 * How many brokers a broker knows of; 0 while it is still fenced, undefined when it does not answer. An open port alone
 * says nothing: it opens seconds before the broker can serve.
 */
export function countBrokers(host: string, port: number, timeoutMs = 1000): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const end = (count: number | undefined): void => {
      socket.destroy();
      resolve(count);
    };
    socket.setTimeout(timeoutMs, () => {
      end(undefined);
    });
    socket.once("error", () => {
      end(undefined);
    });
    socket.once("close", () => {
      end(undefined);
    });
    socket.once("connect", () => socket.write(request));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      // Response: size, correlation id, then the length of the array of brokers.
      if (received.length >= 12) end(received.readInt32BE(8));
    });
  });
}
