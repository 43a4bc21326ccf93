// Calls of the remote service over real HTTP, each a CLIENT span of OpenTelemetry's own instrumentation.
import http from "node:http";
import { now } from "./clock.ts";
import type { Awaited, Flow } from "./flow.ts";
import type { Work } from "./work.ts";

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

function spanOf(request: http.ClientRequest): string {
  return String(request.getHeader("traceparent") ?? "").split("-")[2] ?? "";
}

function open(
  url: string,
  connections: http.Agent | false = agent,
): { request: http.ClientRequest; response: Promise<http.IncomingMessage> } {
  const request = http.get(url, { agent: connections });
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  return { request, response };
}

function whole(response: Promise<http.IncomingMessage>): Promise<void> {
  return response.then(
    (incoming) =>
      new Promise<void>((resolve, reject) => {
        incoming.once("end", resolve).once("error", reject).resume();
      }),
  );
}

/** The whole answer; its `ready` is the last write of the service. */
export function call(url: string): Awaited<void> {
  const { request, response } = open(url);
  return { promise: whole(response), facts: () => ({ call: spanOf(request) }) };
}

/** The same over a connection of its own: the request is written when the loop comes round to it. */
export function callAnew(url: string): Awaited<void> {
  const { request, response } = open(url, false);
  let sent: number | undefined;
  request.once("socket", (socket) => socket.once("connect", () => (sent = now())));
  return { promise: whole(response), facts: () => ({ call: spanOf(request), sent }) };
}

/** An answer in pieces, each a line; every piece is worked on when it comes. */
export async function stream(flow: Flow, url: string, fn: Work, millisPerLine: number): Promise<void> {
  let lines = 0;
  let id = "";
  const facts = () => ({ call: id, write: Math.max(0, lines - 1) });
  const incoming = await flow.wait("child", () => {
    const { request, response } = open(url);
    id = spanOf(request);
    return { promise: response, facts };
  });
  const pieces = incoming[Symbol.asyncIterator]();
  for (;;) {
    const next = await flow.wait("child", () => ({
      promise: pieces.next().then((piece: IteratorResult<Buffer, undefined>) => {
        if (piece.done !== true) lines += piece.value.filter((byte) => byte === 10).length;
        return piece;
      }),
      facts,
    }));
    if (next.done === true) return;
    flow.cpu(fn, millisPerLine);
  }
}

export function closeConnections(): void {
  agent.destroy();
}
