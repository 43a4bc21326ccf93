import { setTimeout as sleep } from "node:timers/promises";
import { createInterface } from "node:readline/promises";
import { requestJson } from "../api.ts";
import { CliError, EXIT } from "../errors.ts";
import { requireRunning } from "../instance/run-file.ts";
import { printable } from "../text/ledger.ts";
import { createProgress } from "../text/progress.ts";

export interface DeleteOptions {
  readonly service?: string;
  readonly trace?: readonly string[];
  readonly label?: string;
  readonly yes: boolean;
  readonly wait: boolean;
  /** Else that of the instance running on `data`. */
  readonly correlator?: string;
  /** Absolute path. */
  readonly data: string;
}

/** What the correlator says of a job. */
interface Job {
  readonly state: "queued" | "running" | "done";
  readonly step?: string;
  readonly error?: string;
  readonly rows: number;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly lateUntilUnixNano: string;
}

const LOOK_MS = 500;
/** Answers that may fail in a row. */
const PATIENCE = 60;

/** Has data deleted. Resolves to the exit code. */
export async function deleteData(options: DeleteOptions): Promise<number> {
  const { service, trace, label } = options;
  const targets = Object.entries({ service, traceIds: trace, label }).filter(
    ([, value]) => value !== undefined,
  );
  if (targets.length !== 1)
    throw new CliError(
      "HOTSPAN_CLI_USAGE",
      "name one of --service, --trace and --label: what is to be deleted?",
    );
  const base = options.correlator ?? requireRunning(options.data).ingestUrl;
  await confirm(options, base);
  const { jobId } = await requestJson<{ jobId: string }>(
    base,
    "/v1/data",
    Object.fromEntries(targets),
    "DELETE",
  );
  if (!options.wait) {
    process.stdout.write(`Job ${jobId}: ${base}/v1/data/jobs/${jobId}\n`);
    return EXIT.ok;
  }
  const progress = createProgress(process.stderr);
  const job = await progress.step(`Job ${jobId}`, async (tell) => {
    for (let failures = 0; ; ) {
      let now: Job;
      try {
        now = await requestJson<Job>(base, `/v1/data/jobs/${jobId}`);
        failures = 0;
      } catch (error) {
        // The job does not mind; ClickHouse may be away for a moment.
        if (++failures > PATIENCE) throw error;
        await sleep(LOOK_MS);
        continue;
      }
      if (now.state === "done") return now;
      const waits = now.error === undefined ? "" : `; waiting: ${now.error.split("\n", 1)[0]}`;
      tell(`${now.step ?? now.state}, ${now.rows} rows so far${waits}`);
      await sleep(LOOK_MS);
    }
  });
  for (const { table, rows } of job.tables) process.stdout.write(`${table}: ${rows} rows\n`);
  const until = new Date(Number(BigInt(job.lateUntilUnixNano) / 1_000_000n)).toISOString();
  process.stdout.write(
    `${job.rows === 0 ? "There was nothing to delete." : "Deleted."} What arrives late is deleted until ${until}.\n`,
  );
  return EXIT.ok;
}

async function confirm({ service, trace, label, yes }: DeleteOptions, base: string): Promise<void> {
  if (yes) return;
  const what =
    service !== undefined
      ? `everything of the service ${printable(service)}`
      : trace !== undefined
        ? `${trace.length} ${trace.length === 1 ? "trace" : "traces"}`
        : `what carries the label ${printable(label ?? "")}`;
  if (!process.stdin.isTTY)
    throw new CliError("HOTSPAN_CLI_USAGE", `this deletes ${what} at ${base} for good: say so with --yes`);
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asked.question(`Delete ${what} at ${base} for good? [y/N] `);
  asked.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError("HOTSPAN_CLI_STOPPED", "nothing was deleted");
}
