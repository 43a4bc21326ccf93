import { drive, Load } from "./load.ts";
import { LOADS, type LoadPlan, type Round } from "./rounds.ts";
import { Service } from "./service.ts";

/** What of its core the service without a profiler may use under the heavy load: the profilers need some of it too. */
const BUSY = 0.4;
const TRIAL_RATE = 400;
const TRIAL_MILLIS = 8000;
const STEP = 50;

/** The heavy load for this machine: that of the plan, or fewer requests a second where a core is too slow for it; as many to warm up. */
export async function heavyPlan(rounds: readonly Round[], receiver: string): Promise<LoadPlan> {
  const plan = LOADS.heavy;
  const before = rounds.find(({ load }) => load === "heavy");
  const rate =
    before === undefined
      ? Math.min(plan.rate, await possibleRate(receiver))
      : (before.requests * 1000) / plan.roundMillis;
  const warmUpMillis = (plan.warmUpMillis * plan.warmUpRate) / rate;
  return { ...plan, rate, warmUpRate: rate, warmUpMillis };
}

async function possibleRate(receiver: string): Promise<number> {
  const service = await Service.start("24", "off", TRIAL_MILLIS, receiver);
  const load = new Load(service.port);
  try {
    await drive([load], TRIAL_RATE, TRIAL_MILLIS);
    const before = service.cpuMicros();
    const [latencies] = await drive([load], TRIAL_RATE, TRIAL_MILLIS);
    const micros = (service.cpuMicros() - before) / (latencies as number[]).length;
    return Math.max(STEP, Math.floor((BUSY * 1e6) / micros / STEP) * STEP);
  } finally {
    load.close();
    await service.close();
  }
}
