import type { TimeRange } from "../params/time.ts";
import type { Deploys, DeploysQuery } from "../types.ts";
import { and, nanoTime, oneOf, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

type Deploy = Deploys["deploys"][number];

const MAX_GROUPS = 20_000;

/** Of a service in an environment: when a version was first sampled. */
interface FirstSeen {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly first: bigint;
  readonly instances: number;
}

/**
 * From windows, of which there is one in ten seconds and thread, and not from samples. They are kept for 30 days: a version that was
 * away for longer is a new one again. All of them are looked at, whatever the range: it is the first that counts.
 */
export async function readDeploys(
  store: Store,
  caller: Caller,
  { service, environment }: Pick<DeploysQuery, "service" | "environment">,
  range: TimeRange,
): Promise<Deploy[]> {
  const services = oneOf(sql`ServiceName`, service);
  const rows = await store.rows<[string, string, string, string, number | string]>(
    caller,
    sql`SELECT ServiceName, Environment, ServiceVersion, toString(min(first)), count() FROM
        (SELECT ServiceName, ServiceVersion, Instance, min(StartUnixNano) AS first FROM profile_windows
          WHERE ${and([services, sql`ServiceVersion != ''`, sql`Start < ${nanoTime(range.to)}`])}
          GROUP BY ServiceName, ServiceVersion, Instance) AS windows
        GLOBAL LEFT JOIN
        (SELECT Instance, argMax(Environment, LastSeen) AS Environment FROM profile_instances
          WHERE ${and([services])} GROUP BY Instance) AS instances USING (Instance)
      WHERE ${and([oneOf(sql`Environment`, environment)])}
      GROUP BY ServiceName, Environment, ServiceVersion ORDER BY ServiceName, Environment, ServiceVersion LIMIT ${MAX_GROUPS}`,
  );
  return deploysOf(
    rows.map(([name, env, version, first, instances]) => ({
      service: name,
      environment: env,
      version,
      first: BigInt(first),
      instances: Number(instances),
    })),
    range,
  );
}

/** Those within the range, by time; each with the version that was new before it. */
export function deploysOf(seen: readonly FirstSeen[], { from, to }: TimeRange): Deploy[] {
  const places = Map.groupBy(seen, ({ service, environment }) => `${service}\0${environment}`);
  const deploys = [...places.values()].flatMap((list) =>
    list
      .toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.version < b.version ? -1 : 1))
      .map(({ service, environment, version, first, instances }, i, all) => ({
        first,
        deploy: {
          service,
          environment: environment === "" ? null : environment,
          version,
          previousVersion: all[i - 1]?.version ?? null,
          unixNano: String(first),
          instances,
        },
      })),
  );
  return deploys
    .filter(({ first }) => first >= from && first < to)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
    .map(({ deploy }) => deploy);
}
