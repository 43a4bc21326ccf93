import type { ClickHouseClient } from "@clickhouse/client";
import type { Job } from "./job.ts";
import type { Target } from "./target.ts";

/** Under names of their own: an alias hides the column it is made of. */
interface Row {
  readonly jobId: string;
  readonly version: string;
  readonly kind: Target["kind"];
  readonly service: string;
  readonly traceIds: readonly string[];
  readonly labelKey: string;
  readonly labelValue: string;
  readonly state: Job["state"];
  readonly step: string;
  readonly rows: Readonly<Record<string, string>>;
  readonly error: string;
  readonly passes: number;
  readonly nextPassAt: string;
  readonly requestedAt: string;
  readonly finishedAt: string;
  readonly owner: string;
  readonly silentMs: string;
}

const millis = (column: string): string => `toString(toUnixTimestamp64Milli(${column}))`;
const columns = `JobId AS jobId, toString(Version) AS version, Kind AS kind, Service AS service, TraceIds AS traceIds,
  LabelKey AS labelKey, LabelValue AS labelValue, State AS state, Step AS step, Rows AS rows, Error AS error, Passes AS passes,
  ${millis("NextPassAt")} AS nextPassAt, ${millis("RequestedAt")} AS requestedAt, ${millis("FinishedAt")} AS finishedAt,
  Owner AS owner, toString(toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(UpdatedAt)) AS silentMs`;

/** `deletion_jobs`: jobs as all correlators see them. */
export class JobTable {
  readonly #client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  /** Writes the job as it is now; of two writers the one with the higher version is believed. */
  async write(job: Job): Promise<void> {
    const { target } = job;
    // Nothing arrives any more: what it names need not be known.
    const over = job.state === "done" && job.nextPassAt === undefined;
    await this.#client.insert({
      table: "deletion_jobs",
      values: [
        {
          JobId: job.id,
          Version: job.version.toString(),
          Kind: target.kind,
          Service: target.kind === "service" ? target.service : "",
          TraceIds: target.kind === "traces" && !over ? target.traceIds.map(numberOf) : [],
          LabelKey: target.kind === "label" && !over ? target.key : "",
          LabelValue: target.kind === "label" && !over ? target.value : "",
          State: job.state,
          Step: job.step,
          Rows: job.rows,
          Error: job.error.slice(0, 1000),
          Passes: job.passes,
          NextPassAt: utc(job.nextPassAt ?? 0),
          RequestedAt: utc(job.requestedAt),
          FinishedAt: utc(job.finishedAt ?? 0),
          Owner: job.owner,
        },
      ],
      format: "JSONEachRow",
    });
  }

  async read(id: string): Promise<Job | undefined> {
    const [job] = await this.#select("JobId = {id:String}", { id });
    return job;
  }

  /** Those that are not done, or that look again for what arrived late; oldest first. */
  open(): Promise<readonly Job[]> {
    return this.#select("State != 'done' OR toUnixTimestamp64Milli(NextPassAt) > 0", {});
  }

  async #select(condition: string, params: Record<string, unknown>): Promise<readonly Job[]> {
    const result = await this.#client.query({
      query: `SELECT ${columns} FROM deletion_jobs FINAL WHERE ${condition} ORDER BY RequestedAt, JobId`,
      query_params: params,
      format: "JSONEachRow",
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    });
    return (await result.json<Row>()).map(jobOf);
  }
}

/** A later row of the same job. */
export function changed(job: Job, change: Partial<Job>): Job {
  const now = BigInt(Date.now()) * 1000n;
  return { ...job, ...change, version: now > job.version ? now : job.version + 1n };
}

function jobOf(row: Row): Job {
  const time = (text: string): number | undefined => (Number(text) > 0 ? Number(text) : undefined);
  return {
    id: row.jobId,
    target: targetOf(row),
    state: row.state,
    step: row.step,
    rows: Object.fromEntries(Object.entries(row.rows).map(([table, rows]) => [table, Number(rows)])),
    error: row.error,
    passes: row.passes,
    nextPassAt: time(row.nextPassAt),
    requestedAt: Number(row.requestedAt),
    finishedAt: time(row.finishedAt),
    owner: row.owner,
    silentMs: Number(row.silentMs),
    version: BigInt(row.version),
  };
}

function targetOf(row: Row): Target {
  switch (row.kind) {
    case "service":
      return { kind: "service", service: row.service };
    case "traces":
      return {
        kind: "traces",
        traceIds: row.traceIds.map((id) => BigInt(id).toString(16).padStart(32, "0")),
      };
    case "label":
      return { kind: "label", key: row.labelKey, value: row.labelValue };
  }
}

const numberOf = (hex: string): string => BigInt(`0x${hex}`).toString();
const utc = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace("T", " ");
