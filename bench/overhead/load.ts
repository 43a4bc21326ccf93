import { connect, type Socket } from "node:net";

const REQUEST = Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

/** One connection, one request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #free: (connection: Connection) => void;
  #due = 0;
  #left = -1;
  latencies: number[] = [];

  constructor(port: number, free: (connection: Connection) => void) {
    this.#free = free;
    this.#socket = connect(port, "127.0.0.1").setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#read(chunk));
    // A core that is not fast enough for the rate: connections pile up until the service's listen queue is full.
    this.#socket.on("error", (error) => {
      throw new Error("a request was not answered: is the rate too high for this core?", { cause: error });
    });
  }

  send(due: number, latencies: number[]): void {
    this.#due = due;
    this.latencies = latencies;
    this.#socket.write(REQUEST);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let length = chunk.length;
    if (this.#left < 0) {
      const end = chunk.indexOf(HEAD_END) + HEAD_END.length;
      const head = chunk.toString("latin1", 0, end);
      const known = /content-length: (\d+)/i.exec(head);
      if (known === null) throw new Error(`an answer without a length: ${head}`);
      this.#left = Number(known[1]);
      length -= end;
    }
    this.#left -= length;
    if (this.#left > 0) return;
    this.#left = -1;
    this.latencies.push(performance.now() - this.#due);
    this.#free(this);
  }
}

/** Sends requests to one service at a fixed rate, whether or not the last one has been answered. */
export class Load {
  readonly #port: number;
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];
  #open = 0;

  constructor(port: number) {
    this.#port = port;
  }

  get underWay(): number {
    return this.#open;
  }

  send(due: number, latencies: number[]): void {
    let connection = this.#idle.pop();
    if (connection === undefined) {
      connection = new Connection(this.#port, (free) => {
        this.#open--;
        this.#idle.push(free);
      });
      this.#all.push(connection);
    }
    this.#open++;
    connection.send(due, latencies);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}

/**
 * All of the services at once, evenly one behind the other. Waits for the next request in a loop of turns: a timer is good to
 * a millisecond only, and a core that dozes wakes late. Latencies in milliseconds count from when a request was due.
 */
export async function drive(loads: readonly Load[], rate: number, millis: number): Promise<number[][]> {
  const latencies: number[][] = loads.map(() => []);
  const began = performance.now();
  const total = Math.round((rate * loads.length * millis) / 1000);
  for (let i = 0; i < total; ) {
    const due = began + (i * 1000) / (rate * loads.length);
    if (performance.now() >= due) {
      const at = i % loads.length;
      (loads[at] as Load).send(due, latencies[at] as number[]);
      i++;
    } else await turn();
  }
  while (loads.some((load) => load.underWay > 0)) await turn();
  return latencies;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
