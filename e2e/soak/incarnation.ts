import { setTimeout as delay } from "node:timers/promises";
import { CHANGES } from "./changes.ts";
import type { Arrived, SoakReceiver } from "./receiver.ts";
import { type Ending, type Held, Service } from "./service.ts";
import { median } from "./slope.ts";

export interface Plan {
  /** Major version of Node.js. */
  readonly node: number;
  readonly binary: string;
  readonly agent: boolean;
  readonly number: number;
  readonly ending: Ending;
  readonly seconds: number;
  readonly stepSeconds: number;
  readonly requestsPerSecond: number;
}

/** One round of all changes. */
export interface Cycle {
  /** Median of one reading a second, bytes. */
  readonly rssUnderLoad: number;
  /** With the agent stopped and no request under way. */
  readonly atRest: Held;
}

/** One life of a process, from its start to SIGTERM. */
export interface Incarnation {
  readonly node: number;
  readonly agent: boolean;
  readonly number: number;
  readonly ending: Ending;
  readonly cycles: readonly Cycle[];
  /** That the cycles took. */
  readonly seconds: number;
  readonly changes: number;
  readonly asked: number;
  readonly answered: number;
  readonly arrived: Arrived | undefined;
  /** Messages that stop() gave up after its 2 s, as the agent said itself: on a machine that is too busy. */
  readonly givenUp: number;
  /** Exit code or signal. */
  readonly end: string;
  /** What it wrote, if anything: the agent writes only when something is amiss. */
  readonly output: string;
  /** What should not be. */
  readonly wrong: readonly string[];
}

/** The watchdog's own word is what the change above the budget is there for. */
const EXPECTED_OUTPUT = /HOTSPAN_AGENT_BACKED_OFF|HOTSPAN_AGENT_ALLOCATIONS_UNSUPPORTED|ExperimentalWarning/;

/** Throws only if the process cannot be started or dies before its time. */
export async function live(plan: Plan, receiver: SoakReceiver): Promise<Incarnation> {
  const { node, binary, agent, number, ending } = plan;
  const name = `${node}-${number}`;
  const endpoint = agent ? receiver.url : undefined;
  const service = await Service.start({ binary, ending, endpoint, name });
  try {
    service.load(plan.requestsPerSecond);
    const began = performance.now();
    const cycles: Cycle[] = [];
    let changes = 0;
    do {
      const rss: number[] = [];
      for (const { options } of CHANGES) {
        await service.stop();
        await service.begin(options);
        changes++;
        for (let i = 0; i < plan.stepSeconds; i++) {
          await delay(1000);
          rss.push(service.rssBytes());
        }
      }
      await service.stop();
      await service.rest();
      cycles.push({ rssUnderLoad: median(rss), atRest: await service.held() });
      service.load(plan.requestsPerSecond);
    } while (performance.now() - began < plan.seconds * 1000);
    const seconds = (performance.now() - began) / 1000;
    // It dies at work.
    await service.begin(CHANGES[0]?.options ?? {});
    await delay(2500);
    const { end: ended, told } = await service.terminate(ending);
    const arrived = receiver.arrived(name);
    const givenUp = cycles.at(-1)?.atRest.dropped ?? 0;
    return {
      node,
      agent,
      number,
      ending,
      cycles,
      seconds,
      changes,
      asked: service.asked,
      answered: service.answered,
      arrived,
      givenUp,
      end: ended,
      output: service.output,
      wrong: [
        ...service.failures,
        ...wrongEnd(ended, ending),
        ...(agent ? wrongWindows(arrived, told, givenUp) : []),
        ...service.output
          .split("\n")
          .filter((line) => line !== "" && !EXPECTED_OUTPUT.test(line))
          .map((line) => `it wrote: ${line}`),
      ],
    };
  } catch (error) {
    service.kill();
    throw error;
  }
}

function wrongEnd(end: string, ending: Ending): string[] {
  const expected = ending === "killed" ? "SIGTERM" : "0";
  return end === expected ? [] : [`ended with ${end}, not with ${expected}`];
}

function wrongWindows(arrived: Arrived | undefined, told: number, givenUp: number): string[] {
  if (arrived === undefined) return ["no window came"];
  const wrong: string[] = [];
  if (arrived.missing.length > givenUp)
    wrong.push(`windows are missing: ${arrived.missing.join(", ")}, of which ${givenUp} were given up`);
  // Cut by the signal, the last window ends behind it.
  if (arrived.lastEndMillis < told) wrong.push("the last window was cut before SIGTERM: a flush was lost");
  return wrong;
}
