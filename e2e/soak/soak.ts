import { existsSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { type Incarnation, live } from "./incarnation.ts";
import { SoakReceiver } from "./receiver.ts";
import { ENDINGS } from "./service.ts";
import { type Slope, slopeOf } from "./slope.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly stepSeconds: number;
  readonly requestsPerSecond: number;
  readonly nodes: readonly number[];
  /** Processes of each version, one after the other. */
  readonly incarnations: number;
  /** Beside each the same service without the agent, to see what grows by itself. */
  readonly control: boolean;
  readonly progress: (text: string) => void;
}

/** What of a process is watched for growth; bytes. */
export interface Growth {
  readonly node: number;
  readonly agent: boolean;
  /** Points that count: cycles behind the first quarter of each life and its first ten minutes. */
  readonly cycles: number;
  /** Bytes an hour; undefined: too few cycles to tell. */
  readonly rss: Slope | undefined;
  readonly heapUsed: Slope | undefined;
  readonly external: Slope | undefined;
}

export interface SoakResult {
  readonly began: string;
  readonly minutes: number;
  readonly cpu: string;
  readonly cores: number;
  readonly loadAverage: readonly number[];
  readonly requestsPerSecond: number;
  readonly growth: readonly Growth[];
  readonly incarnations: readonly Incarnation[];
  readonly wrong: readonly string[];
}

/** What may be open more at a process's end than behind its first cycle: a connection or two, a thread of the pool. */
const SLACK = 4;
/** Of the life of a process, and at least so many seconds: until then allocators and compilers settle, with and without the agent. */
const WARM_UP_SHARE = 0.25;
const WARM_UP_SECONDS = 600;

/** All versions side by side, each with its incarnations one after the other. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const began = new Date();
  const receiver = new SoakReceiver();
  await receiver.start();
  const incarnations: Incarnation[] = [];
  const died: string[] = [];
  const lane = async (node: number, agent: boolean): Promise<void> => {
    for (let number = 0; number < options.incarnations; number++) {
      const what = `Node ${node}, process ${number + 1} of ${options.incarnations}${agent ? "" : ", without the agent"}`;
      try {
        const one = await live(
          {
            node,
            binary: binaryOf(node),
            agent,
            number,
            ending: ENDINGS[number % ENDINGS.length] ?? "killed",
            seconds: (options.minutes * 60) / options.incarnations,
            stepSeconds: options.stepSeconds,
            requestsPerSecond: options.requestsPerSecond,
          },
          receiver,
        );
        incarnations.push(one);
        died.push(...[...one.wrong, ...leftOpen(one)].map((text) => `${what}: ${text}`));
      } catch (error) {
        died.push(`${what}: ${String(error)}`);
      }
      options.progress(`${what} has ended`);
    }
  };
  const sides = options.control ? [true, false] : [true];
  await Promise.all(options.nodes.flatMap((node) => sides.map((agent) => lane(node, agent))));
  await receiver.close();
  const growth = options.nodes.flatMap((node) => sides.map((agent) => growthOf(incarnations, node, agent)));
  return {
    began: began.toISOString(),
    minutes: options.minutes,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    loadAverage: loadavg().map((load) => Number(load.toFixed(1))),
    requestsPerSecond: options.requestsPerSecond,
    growth,
    incarnations,
    wrong: [
      ...died,
      ...growth
        .filter(({ agent, rss }) => agent && rss !== undefined && rss.low > 0)
        .map(({ node, rss }) => `Node ${node} grows by ${((rss?.value ?? 0) / 1e6).toFixed(2)} MB an hour`),
    ],
  };
}

function growthOf(all: readonly Incarnation[], node: number, agent: boolean): Growth {
  const own = all.filter((one) => one.node === node && one.agent === agent);
  const warm = own.map(({ cycles, seconds }) => {
    const share = Math.max(WARM_UP_SHARE, WARM_UP_SECONDS / seconds);
    return cycles.slice(Math.ceil(share * cycles.length));
  });
  const cycles = own.reduce((sum, one) => sum + one.cycles.length, 0);
  const seconds = own.reduce((sum, one) => sum + one.seconds, 0);
  const hourly = (of: (cycle: Incarnation["cycles"][number]) => number): Slope | undefined => {
    const slope = slopeOf(warm.map((some) => some.map(of)));
    const perHour = (3600 * cycles) / seconds;
    return slope && { value: slope.value * perHour, low: slope.low * perHour, high: slope.high * perHour };
  };
  return {
    node,
    agent,
    cycles: warm.reduce((sum, some) => sum + some.length, 0),
    rss: hourly(({ rssUnderLoad }) => rssUnderLoad),
    heapUsed: hourly(({ atRest }) => atRest.heapUsed),
    external: hourly(({ atRest }) => atRest.external),
  };
}

function leftOpen({ cycles }: Incarnation): string[] {
  const first = cycles[0]?.atRest;
  const last = cycles.at(-1)?.atRest;
  if (first === undefined || last === undefined) return [];
  return (["files", "threads", "handles"] as const)
    .filter((kind) => last[kind] > first[kind] + SLACK)
    .map(
      (kind) => `${kind} open at rest: ${first[kind]} behind the first cycle, ${last[kind]} behind the last`,
    );
}

const repository = join(import.meta.dirname, "../..");

function binaryOf(node: number): string {
  if (node === Number(process.versions.node.split(".")[0])) return process.execPath;
  const binary = join(repository, "runtimes", String(node), "node_modules/.bin/node");
  if (!existsSync(binary)) throw new Error(`no Node.js ${node} in runtimes/`);
  return binary;
}
