import { expect } from "vitest";
import { rowsOf } from "./rows.ts";
import type { World } from "./world.ts";

/** Of each projection that holds sums a query that is answered from it alone. */
const sums: Readonly<Record<string, string>> = {
  by_stack: `SELECT ServiceName, StackHash, count() AS n, sum(Value) AS wall FROM profile_samples
    GROUP BY ServiceName, StackHash ORDER BY ServiceName, StackHash`,
  by_process: `SELECT ServiceName, Instance, Thread, max(Timestamp) AS latest, sum(Value) AS wall, sum(CpuNano) AS cpu FROM profile_samples
    GROUP BY ServiceName, Instance, Thread ORDER BY ServiceName, Instance, Thread`,
  traces: `SELECT reinterpretAsUInt128(unhex(TraceId)) AS number, min(Timestamp) AS start, max(StatusCode = 'Error') AS failed,
      groupBitOr(bitShiftLeft(toUInt64(1), cityHash64(ServiceName) % 64)) AS services
    FROM otel_traces GROUP BY number ORDER BY number`,
  services: `SELECT ServiceName, HotspanVersion, HotspanProcess, max(Timestamp) AS latest FROM otel_traces
    GROUP BY ServiceName, HotspanVersion, HotspanProcess ORDER BY ServiceName, HotspanVersion, HotspanProcess`,
};

/** Sums that come out of projections are those of the rows. */
export async function expectProjectionsAgree(world: World): Promise<void> {
  for (const [name, query] of Object.entries(sums)) {
    const projected = await rowsOf(world, `${query} SETTINGS force_optimize_projection_name = '${name}'`);
    expect([name, projected]).toEqual([
      name,
      await rowsOf(world, `${query} SETTINGS optimize_use_projections = 0`),
    ]);
    expect([name, projected.length]).not.toEqual([name, 0]);
  }
}
