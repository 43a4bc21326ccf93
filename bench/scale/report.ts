import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import type { TestStore } from "@hotspan/store/testing";
import type { Figure } from "./measure.ts";

/** What lies in the store, from its own tables. */
export async function sizes(db: TestStore): Promise<{
  readonly samples: number;
  readonly spans: number;
  readonly windows: number;
  readonly instances: number;
  readonly bytesPerSample: Readonly<Record<string, number>>;
}> {
  const [count] = await db.rows<Record<"samples" | "spans" | "windows" | "instances", string>>(
    `SELECT (SELECT count() FROM profile_samples) AS samples, (SELECT count() FROM otel_traces) AS spans,
       (SELECT count() FROM profile_windows) AS windows,
       (SELECT uniqExact(Instance) FROM profile_instances WHERE ServiceName = 'shop') AS instances`,
  );
  const parts = await db.rows<{ table: string; bytes: string }>(
    `SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = '${db.store.database}' AND table LIKE 'profile%' GROUP BY table ORDER BY table`,
  );
  const samples = Number(count?.samples);
  return {
    samples,
    spans: Number(count?.spans),
    windows: Number(count?.windows),
    instances: Number(count?.instances),
    bytesPerSample: Object.fromEntries(
      parts.map(({ table, bytes }) => [table, Number((Number(bytes) / samples).toFixed(2))]),
    ),
  };
}

export function write(
  name: string,
  size: Awaited<ReturnType<typeof sizes>>,
  figures: readonly Figure[],
): void {
  console.table(
    figures.map(({ name, limitMs, questions, failed, cold, warm }) => ({
      name,
      questions,
      failed,
      "limit, p50": limitMs ?? "",
      "cold p50": cold.p50,
      "cold p95": cold.p95,
      "warm p50": warm.p50,
      "warm p95": warm.p95,
    })),
  );
  console.table(size.bytesPerSample);
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const report = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    // Above the number of cores other programs were running, and the times are too long.
    loadAverage1m: Number((loadavg()[0] ?? 0).toFixed(1)),
    ...size,
    figures,
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(report, undefined, 2)}\n`);
}
