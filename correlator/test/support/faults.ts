import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "@hotspan/broker";
import { type Child, killStore, startChild, type World } from "./world.ts";

// One number decides when everything dies; HOTSPAN_TEST_SEED repeats a run.
export const seed: number = Number(process.env["HOTSPAN_TEST_SEED"] ?? Date.now() % 1_000_000);

/** By day as many as `npm test` has time for. */
export function rounds(byDay: number, byNight: number): number {
  return process.env["HOTSPAN_NIGHTLY"] === "1" ? byNight : byDay;
}

export function random(start: number): () => number {
  let state = start >>> 0;
  return () => {
    // https://en.wikipedia.org/wiki/Xorshift
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** What befalls the system, by the name it is counted under. Resolves when what was hit works again. */
export type Faults = Readonly<Record<string, () => Promise<void>>>;

/** All of them at once, each at a moment of chance within `withinMs`. */
export async function strike(
  faults: Faults,
  next: () => number,
  tally: Map<string, number>,
  withinMs = 1000,
): Promise<void> {
  await Promise.all(
    Object.entries(faults).map(async ([name, befall]) => {
      await sleep(next() * withinMs);
      await befall();
      tally.set(name, (tally.get(name) ?? 0) + 1);
    }),
  );
}

/** Correlators of one group, each of which may be killed, frozen, or come and go. */
export class Members {
  readonly #world: World;
  readonly #environments: readonly Readonly<Record<string, string>>[];
  readonly children: Child[] = [];

  constructor(world: World, environments: readonly Readonly<Record<string, string>>[]) {
    this.#world = world;
    this.#environments = environments;
  }

  async start(): Promise<void> {
    this.children.push(...(await Promise.all(this.#environments.map((env) => startChild(this.#world, env)))));
  }

  /** SIGKILL, and another process in its place. */
  async kill(index: number): Promise<void> {
    await this.children[index]?.kill("SIGKILL");
    this.children[index] = await startChild(this.#world, this.#environments[index]);
  }

  /** Stops for `ms`, in the middle of whatever it does: longer than a session, and others have its partitions when it goes on. */
  async freeze(index: number, ms: number): Promise<void> {
    const child = this.children[index]?.process;
    child?.kill("SIGSTOP");
    await sleep(ms);
    child?.kill("SIGCONT");
  }

  /** One more joins, stays for `ms` and leaves as it should. */
  async visit(env: Readonly<Record<string, string>>, ms: number): Promise<void> {
    const guest = await startChild(this.#world, env);
    await sleep(ms);
    const code = await guest.kill("SIGTERM");
    if (code !== 0) throw new Error(`the guest ended with ${code}: ${guest.log().slice(-3000)}`);
  }

  /** What they say of themselves, for a test that failed. */
  async report(): Promise<string> {
    const states = this.children.map(async (child) => {
      const ready = await fetch(`${child.url}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
        (response) => response.text(),
        String,
      );
      return `${child.shortLog()}\n${ready}`;
    });
    return (await Promise.all(states)).join("\n\n");
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => child.kill("SIGTERM")));
  }
}

export async function killBroker(broker: Broker): Promise<void> {
  await broker.kill("SIGKILL");
  await broker.restart();
}

/** The three that hold what is under way. Without a broker the other two. */
export function killings(
  world: World,
  members: Members,
  next: () => number,
  broker?: Broker,
): Readonly<Record<"ClickHouse" | "correlator", () => Promise<void>>> &
  Readonly<Partial<Record<"broker", () => Promise<void>>>> {
  return {
    correlator: () => members.kill(0),
    ClickHouse: () => killStore(world, next()),
    ...(broker === undefined ? {} : { broker: () => killBroker(broker) }),
  };
}
