import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import type { AgentOptions } from "@hotspan/agent";

/** What the service does on SIGTERM: nothing; lets the loop run dry; calls process.exit(). */
export const ENDINGS = ["killed", "closes", "exits"] as const;
export type Ending = (typeof ENDINGS)[number];

/** What a process holds at rest, behind collections; bytes and counts, without the connections of the load. */
export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly files: number;
  readonly threads: number;
  readonly handles: number;
  /** Messages of which the agent has said that they will not arrive, so far. */
  readonly dropped: number;
}

export interface ServiceOptions {
  readonly binary: string;
  readonly ending: Ending;
  /** Undefined: without the agent. */
  readonly endpoint: string | undefined;
  /** Known to the receiver by it. */
  readonly name: string;
}

const RIGHT = /^\d+ \d+$/;
/** More at once would be a load that only grows. */
const MOST_UNDER_WAY = 200;

/** A process of `app.cjs`, and its load: a fixed number of requests a second, each of which is waited for. */
export class Service {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #output = "";
  #port = 0;
  #load: NodeJS.Timeout | undefined;
  #underWay = 0;
  asked = 0;
  answered = 0;
  /** Of those that were answered wrongly or not at all; the first few. */
  readonly failures: string[] = [];

  private constructor({ binary, ending, endpoint, name }: ServiceOptions) {
    const inherited = Object.entries(process.env).filter(
      ([key]) => !/^(HOTSPAN_|OTEL_|NODE_|VITEST)/.test(key),
    );
    const agent: Record<string, string> =
      endpoint === undefined
        ? {}
        : {
            SOAK_AGENT: "on",
            HOTSPAN_ENDPOINT: endpoint,
            HOTSPAN_WINDOW_MS: "1000",
            // Away from default, which the change for it sets: others are at rates at which nobody would stay.
            HOTSPAN_BUDGET: "off",
            OTEL_RESOURCE_ATTRIBUTES: `soak.process=${name}`,
          };
    this.#child = fork(join(import.meta.dirname, "app.cjs"), {
      execPath: binary,
      execArgv: ["--expose-gc", ...(endpoint === undefined ? [] : ["--require", "@hotspan/agent/register"])],
      cwd: import.meta.dirname,
      env: { ...Object.fromEntries(inherited), ...agent, SOAK_ENDING: ending },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        if (this.#output.length < 20_000) this.#output += text;
      });
    this.#ended = once(this.#child, "close").then(
      ([code, signal]: (string | number | null)[]) => `${signal ?? code}`,
    );
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const service = new Service(options);
    service.#port = (await service.#answer()) as number;
    return service;
  }

  /** What it has written. */
  get output(): string {
    return this.#output;
  }

  async begin(options: AgentOptions): Promise<void> {
    await this.#order({ order: "start", options });
  }

  async stop(): Promise<void> {
    await this.#order({ order: "stop" });
  }

  async held(): Promise<Held> {
    return (await this.#order({ order: "held" })) as Held;
  }

  rssBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  }

  load(perSecond: number): void {
    const began = performance.now();
    let sent = 0;
    this.#load = setInterval(() => {
      const due = ((performance.now() - began) * perSecond) / 1000;
      for (; sent < due; sent++) if (this.#underWay < MOST_UNDER_WAY) this.#ask();
    }, 10);
  }

  /** No request is sent any more, and those under way have been answered. */
  async rest(): Promise<void> {
    clearInterval(this.#load);
    while (this.#underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** @returns exit code or signal, and when it was told, ms since the epoch */
  async terminate(ending: Ending): Promise<{ readonly end: string; readonly told: number }> {
    // Who has no listener leaves what is under way.
    if (ending === "killed") await this.rest();
    else clearInterval(this.#load);
    const told = Date.now();
    this.#child.kill("SIGTERM");
    await this.rest();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    const end = await this.#ended;
    clearTimeout(timer);
    this.#agent.destroy();
    return { end, told };
  }

  kill(): void {
    clearInterval(this.#load);
    this.#child.kill("SIGKILL");
    this.#agent.destroy();
  }

  #ask(): void {
    this.#underWay++;
    const number = this.asked++;
    const over = (failure?: string): void => {
      this.#underWay--;
      if (failure === undefined) this.answered++;
      else if (this.failures.length < 20) this.failures.push(`request ${number}: ${failure}`);
    };
    get(
      { host: "127.0.0.1", port: this.#port, path: `/items/${number % 7}`, agent: this.#agent },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("error", (error) => over(String(error)));
        response.on("end", () => over(response.statusCode === 200 && RIGHT.test(body) ? undefined : body));
      },
    ).on("error", (error) => over(String(error)));
  }

  async #order(message: object): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send(message);
    return answer;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const heard = ({ answer }: { readonly answer?: unknown }): void => {
        this.#child.off("close", died);
        resolve(answer);
      };
      const died = (code: number | null, signal: string | null): void => {
        this.#child.off("message", heard);
        reject(new Error(`ended with ${signal ?? code}: ${this.#output}`));
      };
      this.#child.once("message", heard);
      this.#child.once("close", died);
    });
  }
}
