// Requests as seeded compositions of segments.
import { Flow } from "./flow.ts";
import type { Random } from "./random.ts";
import { type Scene, type Segment, segments } from "./segments.ts";
import { OWN_WORK } from "./work.ts";

const NEEDS_PARENT: ReadonlySet<string> = new Set(["blocked-fifo", "stopped"]);
/** Long or harsh ones stay alone. */
const NOT_MIXED: ReadonlySet<string> = new Set(["pool-starved", "stopped", "pool-job"]);

export interface Plan {
  readonly scenario: string;
  readonly parts: readonly { readonly segment: string; readonly millis: number }[];
}

export function scenarioNames(inWorker: boolean): string[] {
  const all = Object.keys(segments);
  return all.filter((name) => !inWorker || !NEEDS_PARENT.has(name));
}

/** Two of five are mixtures; the others go through all segments in turn, or all are `only` that one. */
export function plan(random: Random, index: number, inWorker: boolean, only?: string): Plan {
  if (only !== undefined)
    return { scenario: only, parts: [{ segment: only, millis: random.between(250, 650) }] };
  const names = scenarioNames(inWorker);
  if (index % 5 < 3) {
    const segment = names[(index - Math.floor(index / 5) * 2) % names.length] as string;
    return { scenario: segment, parts: [{ segment, millis: random.between(250, 650) }] };
  }
  const mixable = names.filter((name) => !NOT_MIXED.has(name));
  const parts = Array.from({ length: random.integer(3, 5) }, () => ({
    segment: random.pick(mixable),
    millis: random.between(60, 260),
  }));
  return { scenario: "mixed", parts };
}

/** Runs one request; every part of it is logged. */
export async function run(made: Plan, scene: Omit<Scene, "flow" | "millis">): Promise<void> {
  const { log, random } = scene;
  const route = `/truth/${made.scenario}`;
  await Flow.request(log, ["GET", route], made.scenario, async (flow) => {
    flow.cpu(random.pick(OWN_WORK), random.between(10, 60));
    for (const { segment, millis } of made.parts) {
      await (segments[segment] as Segment)({ ...scene, flow, millis: Math.round(millis) });
      if (random.next() < 0.5) flow.cpu(random.pick(OWN_WORK), random.between(2, 30));
    }
  });
}
