import type { WindowFact } from "../trace/coverage.ts";
import { recentOf } from "./recent.ts";
import { microTime, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** Windows of one thread by start, under `instance/thread`. */
export type Lanes = ReadonlyMap<string, readonly WindowFact[]>;

const S_NANO = 1_000_000_000n;
/** How far around a span its neighbours in the sequence of windows are looked for: first near, then far. */
export const NEAR_NANO: bigint = 60n * S_NANO;
export const FAR_NANO: bigint = 30n * 60n * S_NANO;

/** Facts are kept for so long a stretch of time of a process at once: who looks at one of its spans looks at others. */
const SLOT_NANO = 600n * S_NANO;
/** More at once are not kept: those of a few spans would make room for those of one long trace. */
const MAX_SLOTS = 32;

type Fact = WindowFact & { readonly instance: string; readonly thread: number };

/**
 * Windows of these processes that began within [from - around, to + around).
 * @param settledNano Unix ns; of what lies before it nothing new is expected, so it is kept for a moment
 */
export async function readWindows(
  store: Store,
  caller: Caller,
  instances: readonly string[],
  from: bigint,
  to: bigint,
  around: bigint,
  settledNano: bigint,
): Promise<Lanes> {
  if (instances.length === 0) return new Map();
  const low = from > around ? from - around : 0n;
  const high = to + around;
  const first = low / SLOT_NANO;
  const slots = Array.from({ length: Number(high / SLOT_NANO - first) + 1 }, (_, i) => first + BigInt(i));
  const facts =
    (first + BigInt(slots.length)) * SLOT_NANO < settledNano && instances.length * slots.length <= MAX_SLOTS
      ? await readSlots(store, caller, instances, slots)
      : await readFacts(store, caller, instances, low, high);
  // Starts are whole microseconds on both sides of the comparison.
  const [lowest, highest] = [Number(low / 1000n) * 1000, Number(high / 1000n) * 1000];
  const lanes = new Map<string, WindowFact[]>();
  for (const fact of facts) {
    if (fact.start < lowest || fact.start >= highest) continue;
    const lane = `${fact.instance}/${fact.thread}`;
    const list = lanes.get(lane);
    const before = list?.at(-1);
    if (list === undefined) lanes.set(lane, [fact]);
    else if (before?.seq === fact.seq) list.splice(-1, 1, joined(before, fact));
    else list.push(fact);
  }
  return lanes;
}

/** Parts of one window that began in different slots. */
function joined(a: WindowFact, b: WindowFact): WindowFact {
  return {
    ...a,
    start: Math.min(a.start, b.start),
    end: Math.max(a.end, b.end),
    partsSeen: a.partsSeen + b.partsSeen,
    parts: Math.max(a.parts, b.parts),
    periodNano: Math.max(a.periodNano, b.periodNano),
    droppedContexts: a.droppedContexts + b.droppedContexts,
    expectedTicks: Math.max(a.expectedTicks, b.expectedTicks),
    takenTicks: Math.max(a.takenTicks, b.takenTicks),
    quietLoop: a.quietLoop || b.quietLoop,
  };
}

async function readSlots(
  store: Store,
  caller: Caller,
  instances: readonly string[],
  slots: readonly bigint[],
): Promise<readonly Fact[]> {
  const { facts: recent } = recentOf(store);
  const keyOf = (instance: string, slot: bigint): string => `${instance}/${slot}`;
  const missing = instances.filter((instance) => slots.some((slot) => !recent.has(keyOf(instance, slot))));
  if (missing.length > 0) {
    const from = slots[0]! * SLOT_NANO;
    const read = await readFacts(store, caller, missing, from, (slots.at(-1)! + 1n) * SLOT_NANO);
    const slotOf = ({ start }: Fact): bigint => BigInt(Math.floor(start / Number(SLOT_NANO)));
    const groups = Map.groupBy(read, (fact) => keyOf(fact.instance, slotOf(fact)));
    for (const instance of missing)
      for (const slot of slots) {
        const key = keyOf(instance, slot);
        recent.set(key, groups.get(key) ?? []);
      }
  }
  return instances.flatMap((instance) => slots.flatMap((slot) => recent.get(keyOf(instance, slot)) ?? []));
}

type FactRow = [
  instance: string,
  thread: number,
  seq: string,
  start: string,
  end: string,
  partsSeen: number | string,
  parts: number,
  period: string,
  schedule: string,
  mode: string,
  dropped: number | string,
  expected: number,
  taken: number,
  quiet: boolean | number,
];

/** By process, thread and start; of a window one for each slot that its parts begin in. */
async function readFacts(
  store: Store,
  caller: Caller,
  instances: readonly string[],
  from: bigint,
  to: bigint,
): Promise<readonly Fact[]> {
  const rows = await store.rows<FactRow>(
    caller,
    sql`SELECT Instance, Thread, toString(Seq), toString(toUnixTimestamp64Micro(min(Start))), toString(toUnixTimestamp64Micro(max(End))),
        uniqExact(Part), max(Parts), toString(max(PeriodNano)), if(any(Schedule) = '', any(Mode), any(Schedule)), any(Mode), sum(DroppedContexts), max(ExpectedTicks), max(TakenTicks), max(QuietLoop)
      FROM profile_windows
      WHERE Instance IN ${instances} AND Start >= ${microTime(from)} AND Start < ${microTime(to)} AND PeriodNano > 0
      GROUP BY Instance, Thread, Seq, intDiv(toUnixTimestamp(Start), ${SLOT_NANO / S_NANO}) ORDER BY Instance, Thread, min(Start)`,
  );
  return rows.map((row) => ({
    instance: row[0],
    thread: row[1],
    seq: Number(row[2]),
    start: Number(row[3]) * 1000,
    end: Number(row[4]) * 1000,
    partsSeen: Number(row[5]),
    parts: row[6],
    periodNano: Number(row[7]),
    schedule: row[8],
    mode: row[9],
    droppedContexts: Number(row[10]),
    expectedTicks: row[11],
    takenTicks: row[12],
    quietLoop: Boolean(row[13]),
  }));
}

export interface InstanceFact {
  readonly instance: string;
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly lastSeenNano: number;
  readonly unsupported: boolean;
}

const MAX_INSTANCES = 2_000;

/** Processes with an agent in these services that were seen at `from` or later. */
export async function readInstances(
  store: Store,
  caller: Caller,
  services: readonly string[],
  from: bigint,
): Promise<InstanceFact[]> {
  if (services.length === 0) return [];
  const rows = await store.rows<[string, string, string, number, number, boolean | number]>(
    caller,
    sql`SELECT Instance, ServiceName, argMax(Host, LastSeen), argMax(Pid, LastSeen), toUnixTimestamp(max(LastSeen)),
        argMax(Resource['os.type'], LastSeen) = 'windows'
      FROM profile_instances WHERE ServiceName IN ${services} GROUP BY ServiceName, Instance
      -- Another profiler's process has no version of ours, and no windows.
      HAVING argMax(AgentVersion, LastSeen) != '' AND max(LastSeen) >= toDateTime(${from / 1_000_000_000n - 3600n > 0n ? from / 1_000_000_000n - 3600n : 0n}, 'UTC')
      ORDER BY max(LastSeen) LIMIT ${MAX_INSTANCES}`,
  );
  return rows.map(([instance, service, host, pid, seen, unsupported]) => ({
    instance,
    service,
    host,
    pid,
    lastSeenNano: seen * 1e9,
    unsupported: Boolean(unsupported),
  }));
}
