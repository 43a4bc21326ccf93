import type { TimeRange } from "../params/time.ts";
import type { Agent, FleetQuery, Ingest } from "../types.ts";
import { checkInstances } from "./selection.ts";
import { and, microTime, nanoTime, Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";
import { seconds, tenMinutesOf } from "./ten-minutes.ts";
import { windowConditions } from "./window-conditions.ts";

type Filters = Pick<FleetQuery, "service" | "version" | "environment" | "zone" | "instance" | "thread">;

type AgentRow = [
  instance: string,
  thread: number,
  latest: [service: string, version: string, mode: string, schedule: string, period: string],
  lastSeen: string,
  ...figures: readonly (number | string)[] & { readonly length: 9 },
];

/** Correlators tell every 10 s; who has missed three turns is gone. */
const TOLD_SECONDS = 30;

/** The threads that sent windows within the range, by service, instance and thread. Throws `bad_parameter`. */
export async function readAgents(
  store: Store,
  caller: Caller,
  filters: Filters,
  range: TimeRange,
  page: { readonly offset: number; readonly limit: number },
): Promise<Agent[]> {
  const rows = await store.rows<AgentRow>(
    caller,
    sql`${agentsQuery(filters, range)} LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
  const processOf = await readProcesses(
    store,
    caller,
    rows.map((row) => row[2][0]),
    rows.map((row) => row[0]),
  );
  return rows.map(([instance, thread, [service, version, mode, schedule, period], lastSeen, ...figures]) => {
    const [windows, seqs, expected, lostPlain, lostQuiet, droppedSamples, stall, cpuNano, nano] = figures.map(
      Number,
    ) as [number, number, number, number, number, number, number, number, number];
    const { zone = "", host = "", runtime = "", agentVersion = "" } = processOf.get(instance) ?? {};
    const lostTicks = Math.min(expected, Math.round(Math.max(0, lostPlain) + Math.max(0, lostQuiet)));
    return {
      instance,
      service,
      version,
      zone,
      host,
      thread,
      node: /^nodejs (.+)$/.exec(runtime)?.[1] ?? "",
      agentVersion,
      mode,
      schedule,
      periodNano: Number(period),
      lastSeenUnixNano: lastSeen,
      coverage: (expected === 0 ? 1 : 1 - lostTicks / expected) * (windows / seqs),
      lostTicks,
      droppedSamples,
      droppedWindows: seqs - windows,
      stallMaxNano: stall,
      cpuShare: nano <= 0 ? 0 : Math.min(1, cpuNano / nano),
    };
  });
}

/**
 * Whole ten minutes are read as the sums of the projection `of_thread`, what is left at both ends from `of_time`. The figures of
 * a window stand in each of its parts, so one of them is counted.
 */
export function agentsQuery(filters: Filters, range: TimeRange): Sql {
  checkInstances(filters.instance);
  const wanted = [sql`Part = 1 AND PeriodNano > 0`, ...windowConditions(filters)];
  const { whole, ends } = tenMinutesOf(range);
  const start = sql`toStartOfTenMinutes(Start)`;
  const times = [
    ...(whole === undefined
      ? []
      : [sql`${start} >= ${seconds(whole.from)} AND ${start} < ${seconds(whole.to)}`]),
    ...ends.map(({ from, to }) => sql`Start >= ${microTime(from)} AND Start < ${microTime(to)}`),
  ];
  const parts = times.map((time) => sumsQuery([time, ...wanted]).text);
  return sql`SELECT Instance, Thread, argMax((ServiceName, ServiceVersion, Mode, Schedule, toString(PeriodNano)), end) AS latest,
      toString(max(end)), sum(windows), max(highest) - min(lowest) + 1, sum(expected),
      sumIf(toInt64(expected) - toInt64(taken), NOT QuietLoop), sumIf(cpu / PeriodNano - taken, QuietLoop),
      sum(dropped), max(stall), sum(cpu), sum(nano)
    FROM (${new Sql(parts.join(" UNION ALL "))})
    GROUP BY Instance, Thread ORDER BY latest.1, Instance, Thread`;
}

/** Its columns are those of `of_thread`. */
function sumsQuery(conditions: readonly (Sql | undefined)[]): Sql {
  return sql`SELECT ServiceName, ServiceVersion, Instance, Thread, Mode, Schedule, PeriodNano, QuietLoop,
      count() AS windows, min(Seq) AS lowest, max(Seq) AS highest, max(EndUnixNano) AS end, sum(EndUnixNano - StartUnixNano) AS nano,
      sum(ExpectedTicks) AS expected, sum(TakenTicks) AS taken, sum(DroppedContexts) AS dropped,
      max(FlushStallNano) AS stall, sum(ThreadCpuNano) AS cpu
    FROM profile_windows WHERE ${and(conditions)}
    GROUP BY ServiceName, ServiceVersion, Instance, Thread, Mode, Schedule, PeriodNano, QuietLoop`;
}

interface ProcessFact {
  readonly zone: string;
  readonly host: string;
  readonly runtime: string;
  readonly agentVersion: string;
}

async function readProcesses(
  store: Store,
  caller: Caller,
  services: readonly string[],
  instances: readonly string[],
): Promise<ReadonlyMap<string, ProcessFact>> {
  if (instances.length === 0) return new Map();
  const rows = await store.rows<[string, string, string, string, string]>(
    caller,
    sql`SELECT Instance, argMax(Zone, LastSeen), argMax(Host, LastSeen), argMax(Runtime, LastSeen), argMax(AgentVersion, LastSeen)
      FROM profile_instances WHERE ServiceName IN ${[...new Set(services)]} AND Instance IN ${[...new Set(instances)]}
      GROUP BY Instance`,
  );
  return new Map(
    rows.map(([instance, zone, host, runtime, agentVersion]) => [
      instance,
      { zone, host, runtime, agentVersion },
    ]),
  );
}

/** What the correlators told: the lag of those that live, and all dead letters of the range. */
export async function readIngest(store: Store, caller: Caller, { from, to }: TimeRange): Promise<Ingest> {
  const [[lag], [letters]] = await Promise.all([
    store.rows<[number | string, number | string, number | string]>(
      caller,
      sql`SELECT count(), sum(messages), max(ms) FROM (
          SELECT argMax(LagMessages, At) AS messages, argMax(LagMs, At) AS ms
          FROM ingest_status WHERE At > now64(3) - INTERVAL ${TOLD_SECONDS} SECOND GROUP BY Correlator)`,
    ),
    store.rows<[number | string]>(
      caller,
      sql`SELECT sum(DeadLetters) FROM ingest_status WHERE At >= ${nanoTime(from)} AND At < ${nanoTime(to)}`,
    ),
  ]);
  const told = Number(lag?.[0] ?? 0) > 0;
  return {
    lagMessages: told ? Number(lag?.[1]) : null,
    lagMs: told ? Number(lag?.[2]) : null,
    deadLetters: Number(letters?.[0] ?? 0),
  };
}
