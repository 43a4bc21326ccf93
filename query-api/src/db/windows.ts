import type { WindowFact } from "../trace/coverage.ts";
import { microTime, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** Windows of one thread by start, under `instance/thread`. */
export type Lanes = ReadonlyMap<string, readonly WindowFact[]>;

const S_NANO = 1_000_000_000n;
/** How far around a span its neighbours in the sequence of windows are looked for: first near, then far. */
export const NEAR_NANO: bigint = 60n * S_NANO;
export const FAR_NANO: bigint = 30n * 60n * S_NANO;

export async function readWindows(
  store: Store,
  caller: Caller,
  instances: readonly string[],
  from: bigint,
  to: bigint,
  around: bigint,
): Promise<Lanes> {
  const lanes = new Map<string, WindowFact[]>();
  if (instances.length === 0) return lanes;
  const low = from > around ? from - around : 0n;
  const rows = await store.rows<
    [
      string,
      number,
      string,
      string,
      string,
      number | string,
      number,
      string,
      string,
      string,
      number | string,
      number,
      number,
      boolean | number,
    ]
  >(
    caller,
    sql`SELECT Instance, Thread, toString(Seq), toString(toUnixTimestamp64Micro(min(Start))), toString(toUnixTimestamp64Micro(max(End))),
        uniqExact(Part), max(Parts), toString(max(PeriodNano)), if(any(Schedule) = '', any(Mode), any(Schedule)), any(Mode), sum(DroppedContexts), max(ExpectedTicks), max(TakenTicks), max(QuietLoop)
      FROM profile_windows
      WHERE Instance IN ${instances} AND Start >= ${microTime(low)} AND Start < ${microTime(to + around)} AND PeriodNano > 0
      GROUP BY Instance, Thread, Seq ORDER BY Instance, Thread, min(Start)`,
  );
  for (const row of rows) {
    const lane = `${row[0]}/${row[1]}`;
    const fact: WindowFact = {
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
    };
    const list = lanes.get(lane);
    if (list === undefined) lanes.set(lane, [fact]);
    else list.push(fact);
  }
  return lanes;
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
