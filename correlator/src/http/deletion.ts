import type { FastifyInstance } from "fastify";
import type { Deletions } from "../deletion/deletions.ts";
import { type Job, lateUntil } from "../deletion/job.ts";
import { MAX_TRACE_IDS, readTarget, type Target } from "../deletion/target.ts";
import { bytesOf, contentTypeOf } from "./body.ts";
import { Problem } from "./problem.ts";

/**
 * `DELETE /v1/data {service?|traceIds?|label?}` asks for a job, 202 `{jobId}` once it is written down; `GET /v1/data/jobs/{id}` tells
 * how far it is.
 */
export function deletionRoutes(app: FastifyInstance, given: Deletions | undefined): void {
  const needed = (): Deletions => {
    if (given !== undefined) return given;
    // A job's mutations read tables of other shards.
    throw new Problem(
      "not_found",
      "data of a cluster cannot be deleted by a job: docs/cluster.md says what to do on each shard",
    );
  };
  app.delete("/v1/data", { bodyLimit: 256 + MAX_TRACE_IDS * 64 }, async (request, reply) => {
    const deletions = needed();
    const target = targetOf(bytesOf(request.body), request.headers["content-type"], request.query as Fields);
    const jobId = await stored(() => deletions.request(target));
    return reply.code(202).header("location", `/v1/data/jobs/${jobId}`).send({ jobId });
  });
  app.get("/v1/data/jobs/:id", async (request, reply) => {
    const deletions = needed();
    const { id } = request.params as { readonly id: string };
    const job = /^[0-9a-f]{32}$/.test(id) ? await stored(() => deletions.read(id)) : undefined;
    if (job === undefined)
      throw new Problem("not_found", "no such job: they are forgotten 90 days after they were asked for");
    return reply.header("cache-control", "no-store").send(answer(job));
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** From the body, or, for clients and proxies that send none with DELETE, from the query. */
function targetOf(body: Buffer, type: string | undefined, query: Fields): Target {
  let fields: unknown = { ...query, ...listOf(query["traceIds"]) };
  if (body.length > 0) {
    if (Object.keys(query).length > 0)
      throw new Problem("bad_parameter", "say what to delete in the body or in the query, not in both");
    contentTypeOf(type, ["application/json"]);
    try {
      fields = JSON.parse(body.toString("utf8"));
    } catch {
      fields = undefined;
    }
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new Problem(
      "bad_parameter",
      'the body must be a JSON object: {"service": …}, {"traceIds": […]} or {"label": "key:value"}',
    );
  try {
    return readTarget(fields as Fields);
  } catch (error) {
    throw new Problem("bad_parameter", (error as Error).message);
  }
}

function listOf(ids: unknown): Fields {
  if (ids === undefined) return {};
  return { traceIds: [ids].flat().flatMap((one) => (typeof one === "string" ? one.split(",") : [])) };
}

async function stored<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new Problem(
      "store_unavailable",
      `ClickHouse, which keeps the jobs, says: ${error instanceof Error ? error.message : String(error)}`,
      5,
    );
  }
}

function answer(job: Job): object {
  const nanos = (ms: number): string => `${BigInt(Math.round(ms)) * 1_000_000n}`;
  const tables = Object.entries(job.rows).map(([table, rows]) => ({ table, rows }));
  return {
    jobId: job.id,
    state: job.state,
    kind: job.target.kind,
    ...(job.step === "" || job.state === "done" ? {} : { step: job.step }),
    ...(job.error === "" ? {} : { error: job.error }),
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    tables,
    requestedUnixNano: nanos(job.requestedAt),
    finishedUnixNano: job.finishedAt === undefined ? null : nanos(job.finishedAt),
    // What arrives until then is deleted as well.
    lateUntilUnixNano: nanos(lateUntil(job.requestedAt)),
  };
}
