import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeWindow, decompress } from "@hotspan/wire";

/** What came from one process; each of them has one thread. */
export interface Arrived {
  windows: number;
  heapProfiles: number;
  largestMessageBytes: number;
  /** What of the sequence 0, 1, 2 … has not come in full; the last one that came is taken for the last. */
  readonly missing: readonly number[];
  /** End of the last window, ms since the epoch. */
  readonly lastEndMillis: number;
}

class Sequence {
  windows = 0;
  heapProfiles = 0;
  largestMessageBytes = 0;
  lastEndMillis = 0;
  /** All below have come. */
  #next = 0;
  readonly #early = new Set<number>();
  readonly #parts = new Map<number, Set<number>>();

  /** A part of a window, or all of it. */
  add(seq: number, part: number, parts: number): void {
    if (parts > 1) {
      const seen = this.#parts.get(seq) ?? new Set();
      this.#parts.set(seq, seen.add(part));
      if (seen.size < parts) return;
      this.#parts.delete(seq);
    }
    this.windows++;
    this.#early.add(seq);
    while (this.#early.delete(this.#next)) this.#next++;
  }

  missing(): number[] {
    const end = Math.max(this.#next - 1, ...this.#early, ...this.#parts.keys());
    const missing: number[] = [];
    for (let seq = this.#next; seq <= end; seq++) if (!this.#early.has(seq)) missing.push(seq);
    return missing;
  }
}

/** How long a lease is, and how long a pause between two. */
const LEASE_MILLIS = 1500;

/** Takes windows over HTTP and keeps of them only what is counted, for hours; gives leases that come and go. */
export class SoakReceiver {
  readonly #sequences = new Map<string, Sequence>();
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response).catch((error: unknown) =>
      response.writeHead(400).end(String(error)),
    );
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param name `soak.process` of the resource */
  arrived(name: string): Arrived | undefined {
    const one = this.#sequences.get(name);
    if (one === undefined) return undefined;
    const { windows, heapProfiles, largestMessageBytes, lastEndMillis } = one;
    return { windows, heapProfiles, largestMessageBytes, lastEndMillis, missing: one.missing() };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/v1/agent/schedule") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(schedule(searchParams.get("mode"), Date.now())));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { header, heap } = decodeWindow(await decompress(body, request.headers["content-encoding"]));
    const name = header.resource["soak.process"] ?? "";
    const one = this.#sequences.get(name) ?? new Sequence();
    this.#sequences.set(name, one);
    one.largestMessageBytes = Math.max(one.largestMessageBytes, body.length);
    if (heap === undefined) {
      one.add(header.seq, header.part, header.parts);
      one.lastEndMillis = Math.max(one.lastEndMillis, Number(header.end.epochNanos) / 1e6);
    } else one.heapProfiles++;
    response.writeHead(202).end();
  }
}

/** As the correlator answers. A continuous agent is asked for a denser profile now and then. */
function schedule(mode: string | null, now: number): object {
  const turn = Math.floor(now / LEASE_MILLIS);
  const even = turn % 2 === 0;
  const demanded = even && mode !== "amortised";
  return {
    state: mode === "continuous" || even ? "collect" : "pause",
    mode: demanded || mode === "on-demand" ? "on_demand" : mode,
    periodNano: demanded ? 4_000_000 : 0,
    windowMs: demanded ? 1000 : 0,
    nowUnixNano: String(BigInt(now) * 1_000_000n),
    leaseUntilUnixNano: String(BigInt((turn + 1) * LEASE_MILLIS) * 1_000_000n),
    pollMs: 500,
  };
}
