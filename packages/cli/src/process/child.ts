import { type ChildProcess, fork } from "node:child_process";
import { CliError } from "../errors.ts";
import { readable } from "../text/log-lines.ts";
import type { LogFile } from "./log-file.ts";

export interface ChildSpec {
  readonly name: string;
  /** Absolute path of the program. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: LogFile;
  /** The variable by which the program learns its port; a restart gets the one it had. */
  readonly portVariable?: string;
  /** A program that never listens (the load) counts as started at once. */
  readonly listens?: boolean;
}

export interface ChildEvents {
  /** Ended without being asked to; it will be started again after `delayMs`. */
  restarting(name: string, how: string, delayMs: number): void;
  /** Another process now, under another pid. */
  restarted(name: string): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** Having run so long, the next end is a new story and starts with the short delay again. */
const STABLE_MS = 60_000;

/**
 * One program kept running. It lives in a session of its own, so that Ctrl-C reaches only us and things end in order,
 * and it ends by itself when the IPC channel closes, however we die.
 */
export class Child {
  readonly #spec: ChildSpec;
  readonly #events: ChildEvents;
  #process: ChildProcess | undefined;
  #url: string | undefined;
  #stopping = false;
  #delay = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: ChildSpec, events: ChildEvents) {
    this.#spec = spec;
    this.#events = events;
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Where it listens; undefined before that. */
  get url(): string | undefined {
    return this.#url;
  }

  get log(): LogFile {
    return this.#spec.log;
  }

  /** Resolves once it listens. Throws HOTSPAN_CLI_CHILD_FAILED with its last lines when it ends before. */
  async start(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      const how = error instanceof Error ? error.message : String(error);
      this.#stopping = true;
      throw new CliError(
        "HOTSPAN_CLI_CHILD_FAILED",
        `${this.name} ${how}. Its last lines (${this.#spec.log.path}):\n${readable(this.#spec.log.lastLines())}`,
        { cause: error },
      );
    }
    this.#watch();
  }

  /** SIGTERM, after `patienceMs` SIGKILL; resolves when it has ended. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  /** Ends it at once, without waiting. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#process?.kill("SIGKILL");
  }

  #launch(): Promise<void> {
    const spec = this.#spec;
    const env = { ...spec.env };
    if (spec.portVariable !== undefined && this.#url !== undefined) {
      env[spec.portVariable] = new URL(this.#url).port;
    }
    const child = fork(spec.entry, [...(spec.args ?? [])], {
      execArgv: [...(spec.execArgv ?? [])],
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#process = child;
    child.stdout?.on("data", (chunk: Buffer) => spec.log.write(chunk));
    child.stderr?.on("data", (chunk: Buffer) => spec.log.write(chunk));
    // Killed while a message is on its way to it: the exit says all there is to say.
    child.on("error", (error) => spec.log.write(`${error.message}\n`));
    if (spec.listens === false) return Promise.resolve();
    return new Promise((resolve, reject) => {
      child.on("message", (message: unknown) => {
        const { type, url } = message as { type?: string; url?: string };
        if (type !== "listening" || url === undefined) return;
        this.#url = reachable(url);
        resolve();
      });
      // `close` comes after the last output was read, `exit` may come before.
      child.once("close", (code, signal) => reject(new Error(describeEnd(code, signal))));
    });
  }

  #watch(): void {
    const child = this.#process;
    const startedAt = performance.now();
    const ended = (): void => {
      if (this.#stopping) return;
      if (performance.now() - startedAt > STABLE_MS) this.#delay = FIRST_DELAY_MS;
      const delay = this.#delay;
      this.#delay = Math.min(LONGEST_DELAY_MS, delay * 2);
      this.#events.restarting(
        this.name,
        describeEnd(child?.exitCode ?? null, child?.signalCode ?? null),
        delay,
      );
      this.#timer = setTimeout(() => {
        this.#launch().then(
          () => this.#events.restarted(this.name),
          () => undefined,
        );
        this.#watch();
      }, delay);
    };
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) ended();
    else child.once("exit", ended);
  }
}

/** An address to connect to: 0.0.0.0 and :: are only good for listening. */
export function reachable(url: string): string {
  return url.replace(/^(https?:\/\/)(0\.0\.0\.0|\[::\])(?=[:/]|$)/, (_, scheme: string, host: string) =>
    host === "[::]" ? `${scheme}[::1]` : `${scheme}127.0.0.1`,
  );
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
