// Calls of the remote service over real HTTP, each a CLIENT span of OpenTelemetry's own instrumentation.
import http from "node:http";
import type { Awaited, Flow } from "./flow.ts";
import type { Work } from "./work.ts";

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

function spanOf(request: http.ClientRequest): string {
  return String(request.getHeader("traceparent") ?? "").split("-")[2] ?? "";
}

function open(url: string): { request: http.ClientRequest; response: Promise<http.IncomingMessage> } {
  const request = http.get(url, { agent });
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  return { request, response };
}

/** The whole answer; its `ready` is the last write of the service. */
export function call(url: string): Awaited<void> {
  const { request, response } = open(url);
  const promise = response.then(
    (incoming) =>
      new Promise<void>((resolve, reject) => {
        incoming.once("end", resolve).once("error", reject).resume();
      }),
  );
  return { promise, facts: () => ({ call: spanOf(request) }) };
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
