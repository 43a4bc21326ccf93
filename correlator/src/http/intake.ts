import { CorrelatorError } from "../errors.ts";
import type { AppendLog } from "../log/append-log.ts";
import type { LogRecord } from "../log/frame.ts";
import type { SourceKind } from "../source/source.ts";
import { traceHeaders } from "../tracing.ts";
import { Problem } from "./problem.ts";

/** OTLP profiles stand in the log of the profiles, told by a header. */
type LogKind = Exclude<SourceKind, "otlpProfiles">;

/** Takes records into the log of their kind. */
export class Intake {
  readonly #logs: Readonly<Record<LogKind, AppendLog>>;

  constructor(logs: Readonly<Record<LogKind, AppendLog>>) {
    this.#logs = logs;
  }

  /** Resolves when the record is on disk. Throws a 503 Problem while the log takes nothing. */
  async take(kind: LogKind, record: Omit<LogRecord, "offset">): Promise<void> {
    try {
      const headers = { ...record.headers, ...traceHeaders() };
      await this.#logs[kind].append({ ...record, headers });
    } catch (error) {
      if (!(error instanceof CorrelatorError)) throw error;
      // Full: ClickHouse is slow or away, and takes seconds at best to catch up.
      throw new Problem("store_unavailable", error.message, 5);
    }
  }
}
