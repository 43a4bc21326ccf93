/** Seeded spans as a service would make them: skewed durations, many small functions, and what is planted. */
import type { LedgerClass } from "../../types.ts";
import { Random } from "../random.ts";
import type { BlameTime, ChildTime, FunctionTime, SpanVector, VectorFrame } from "../vector.ts";

const MS = 1e6;
/** Sampling period, ns: functions are seen in whole ticks. */
const TICK = 10 * MS;

export interface Plant {
  readonly kind: "class" | "function" | "endpoint" | "child";
  /** Mean ms it adds to a span that has it. */
  readonly ms: number;
  /** Share of the spans that have it. */
  readonly share?: number;
  /** Steady: the same in each; else log-normal. */
  readonly steady?: boolean;
  /** Tells two plants of a kind apart. */
  readonly name?: string;
  /** Of a plant of kind class. Default gc. */
  readonly class?: LedgerClass;
}

export interface SimulateOptions {
  readonly seed: number;
  readonly spans: number;
  readonly functions?: number;
  readonly plants?: readonly Plant[];
  /** Sigma of the logarithm of times; 0.6 by default, 1.2 is a heavy tail. */
  readonly spread?: number;
  /** Functions stand under handler frames. */
  readonly stacks?: boolean;
  readonly version?: string;
}

class Draw {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed, 77);
  }

  uniform(): number {
    return this.#random.uniform();
  }

  below(limit: number): number {
    return this.#random.below(limit);
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Log-normal with that mean. */
  time(mean: number, sigma: number): number {
    return mean * Math.exp(sigma * this.normal() - (sigma * sigma) / 2);
  }

  /** As the sampler sees it: whole ticks, right in the mean. */
  ticks(nano: number): number {
    return (Math.floor(nano / TICK) + (this.uniform() < (nano % TICK) / TICK ? 1 : 0)) * TICK;
  }
}

function frame(name: string, kind: VectorFrame["kind"] = "app"): VectorFrame {
  return { function: name, package: kind === "app" ? "shop" : "node", file: `src/${name}.ts`, kind };
}

const handlers: readonly VectorFrame[] = [
  frame("getCart"),
  frame("handle", "dependency"),
  frame("processTicksAndRejections", "node"),
];

/** Vectors whose parts are never more than their class, and whose classes sum to the duration. */
export function simulate(options: SimulateOptions): SpanVector[] {
  const { seed, spans, functions = 40, plants = [], spread = 0.6, stacks = false } = options;
  const draw = new Draw(seed);
  const names = Array.from({ length: functions }, (_, i) => frame(`fn${i}`));
  const weights = names.map((_, i) => 1 / (i + 3));
  const allWeights = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: spans }, (_, n): SpanVector => {
    const classes = new Map<LedgerClass, number>();
    const add = (name: LedgerClass, nano: number): number => {
      const whole = Math.max(0, Math.round(nano));
      classes.set(name, (classes.get(name) ?? 0) + whole);
      return whole;
    };
    const functionTimes: FunctionTime[] = [];
    const blame: BlameTime[] = [];
    const children: ChildTime[] = [];
    const callers = stacks ? { callers: handlers } : {};
    names.forEach((one, i) => {
      const nano = draw.ticks(draw.time((30 * MS * weights[i]!) / allWeights, spread + 0.4));
      if (nano > 0)
        functionTimes.push({ class: "cpu.self", frame: one, nano: add("cpu.self", nano), ...callers });
    });
    add("cpu.self", draw.time(2 * MS, spread));
    for (const [name, mean] of [
      ["redis GET", 20],
      ["pg SELECT", 40],
      ["http GET", 25],
    ] as const) {
      const nano = add("wait.child", draw.time(mean * MS, spread));
      children.push({ name, kind: "db", service: null, nano });
    }
    for (const endpoint of ["POST /a", "POST /b", "GET /c"]) {
      if (draw.uniform() > 0.3) continue;
      const nano = add("loop.held", draw.ticks(draw.time(20 * MS, spread)));
      blame.push({ endpoint, frame: frame(`work${draw.below(6)}`), nano });
    }
    if (draw.uniform() < 0.3) add("gc", draw.time(8 * MS, spread));
    add("runtime", draw.time(6 * MS, spread));
    if (draw.uniform() < 0.1) add("wait.pool", draw.time(9 * MS, spread));
    add("unprofiled", draw.time(2 * MS, spread));
    for (const plant of plants) {
      if (draw.uniform() > (plant.share ?? 1)) continue;
      const nano = Math.round(plant.steady ? plant.ms * MS : draw.time(plant.ms * MS, spread));
      const name = plant.name ?? "planted";
      switch (plant.kind) {
        case "class":
          add(plant.class ?? "gc", nano);
          break;
        case "function":
          functionTimes.push({
            class: "cpu.self",
            frame: frame(name),
            nano: add("cpu.self", nano),
            ...callers,
          });
          break;
        case "endpoint":
          blame.push({
            endpoint: `POST /${name}`,
            frame: frame(`${name}Work`),
            nano: add("loop.held", nano),
          });
          break;
        case "child":
          children.push({ name, kind: "http", service: name, nano: add("wait.child", nano) });
          break;
      }
    }
    const id = `${(seed % 2 ** 32).toString(16).padStart(8, "0")}${n.toString(16).padStart(8, "0")}`;
    return {
      traceId: id + id,
      spanId: id,
      durationNano: [...classes.values()].reduce((sum, nano) => sum + nano, 0),
      classes: Object.fromEntries(classes),
      functions: functionTimes,
      blame,
      children,
      attributes: {
        "service.version": options.version ?? "1.0.0",
        "request.id": id,
        "cloud.availability_zone": `eu-1${"abc"[draw.below(3)]}`,
        "user.tier": draw.uniform() < 0.2 ? "business" : "free",
        "cart.items": String(1 + Math.floor(draw.time(20, 1))),
      },
    };
  });
}

/** Fisher–Yates of a copy. */
export function shuffled<Value>(values: readonly Value[], seed: number): Value[] {
  const random = new Random(seed, 78);
  const out = [...values];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
