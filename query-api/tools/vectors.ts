// Prints spans as slow-against-fast reads them, a line `{service, endpoint, vectors}` per endpoint of entry spans:
// node --conditions=hotspan-source query-api/tools/vectors.ts --run DATA/run.json --from MS --to MS [--least 80] [--most 200]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createStoreClient } from "@hotspan/store";
import { resolveConfig } from "../src/config.ts";
import { Retention } from "../src/db/evidence.ts";
import { drawSpans, entrySql } from "../src/db/sides.ts";
import { endpointSql } from "../src/db/endpoint.ts";
import { and, nanoTime, sql } from "../src/db/sql.ts";
import { StackReader } from "../src/db/stacks.ts";
import { Store } from "../src/db/store.ts";
import { TypicalDurations } from "../src/db/typical.ts";
import { LedgerRunner } from "../src/ledger/runner.ts";
import { stacksOf, toVectors } from "../src/ledger/vectors.ts";
import type { Context } from "../src/routes/context.ts";
import { frameResolver } from "../src/routes/ledger-input.ts";
import { measureSpans } from "../src/routes/measure.ts";

const { values } = parseArgs({
  options: {
    run: { type: "string", default: ".hotspan/run.json" },
    from: { type: "string", default: "0" },
    to: { type: "string", default: String(Date.now()) },
    least: { type: "string", default: "80" },
    most: { type: "string", default: "200" },
  },
});
interface RunFile {
  readonly clickhouse: {
    readonly httpUrl: string;
    readonly database: string;
    readonly readerUser: string;
    readonly readerPassword: string;
  };
}
const { clickhouse } = JSON.parse(readFileSync(values.run, "utf8")) as RunFile;
const settings = resolveConfig({
  clickhouse: {
    url: clickhouse.httpUrl,
    database: clickhouse.database,
    user: clickhouse.readerUser,
    password: clickhouse.readerPassword,
  },
});
const client = createStoreClient({ ...settings.clickhouse, role: "reader" });
const ledgers = new LedgerRunner();
const store = new Store(client, settings.queryTimeoutMs);
const context: Context = {
  settings,
  store,
  stacks: new StackReader(),
  retention: new Retention(),
  typicals: new TypicalDurations(),
  ledgers,
};
const caller = { requestId: "vectors", signal: new AbortController().signal };
const range = { from: BigInt(values.from) * 1_000_000n, to: BigInt(values.to) * 1_000_000n };
const within = and([
  sql`Timestamp >= ${nanoTime(range.from)} AND Timestamp < ${nanoTime(range.to)}`,
  entrySql,
  sql`TraceId != ''`,
]);
const endpoints = await store.rows<[string, string]>(
  caller,
  sql`SELECT ServiceName, ${endpointSql} AS endpoint FROM otel_traces WHERE ${within} AND endpoint != ''
    GROUP BY ServiceName, endpoint HAVING count() >= ${Number(values.least)} ORDER BY ServiceName, endpoint`,
);
for (const [service, endpoint] of endpoints) {
  const where = and([within, sql`ServiceName = ${service} AND ${endpointSql} = ${endpoint}`]);
  const drawn = await drawSpans(store, caller, where, { most: Number(values.most), seed: 1 });
  const measured = await measureSpans(context, caller, drawn, range);
  const names = stacksOf(measured);
  const vectors = toVectors(measured, names, await frameResolver(context, caller)(names));
  process.stdout.write(`${JSON.stringify({ service, endpoint, vectors })}\n`);
}
await Promise.all([client.close(), ledgers.close()]);
