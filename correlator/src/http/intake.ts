import { CorrelatorError } from "../errors.ts";
import type { AppendLog } from "../log/append-log.ts";
import type { LogRecord } from "../log/frame.ts";
import type { Room } from "../room.ts";
import type { SourceKind } from "../source/source.ts";
import { traceHeaders } from "../tracing.ts";
import { Problem } from "./problem.ts";

/** OTLP profiles stand in the log of the profiles, told by a header. */
type LogKind = Exclude<SourceKind, "otlpProfiles">;

/** Room is made by people, or by what expires: not within seconds. */
const fullRetrySeconds = 10;

/** Takes records into the log of their kind. */
export class Intake {
  readonly #logs: Readonly<Record<LogKind, AppendLog>>;
  readonly #room: Room;

  constructor(logs: Readonly<Record<LogKind, AppendLog>>, room: Room) {
    this.#logs = logs;
    this.#room = room;
  }

  /** Resolves when the record is on disk. Throws a 503 Problem while the log takes nothing. */
  async take(kind: LogKind, record: Omit<LogRecord, "offset">): Promise<void> {
    const refusal = this.#room.refusal;
    if (refusal !== undefined) throw new Problem("store_unavailable", refusal, fullRetrySeconds);
    try {
      const headers = { ...record.headers, ...traceHeaders() };
      await this.#logs[kind].append({ ...record, headers });
      this.#room.free("log", kind);
    } catch (error) {
      if (!(error instanceof CorrelatorError)) throw error;
      if (error.code === "HOTSPAN_CORRELATOR_DISK_FULL") {
        this.#room.full("log", kind, error.message);
        throw new Problem("store_unavailable", error.message, fullRetrySeconds);
      }
      // Full: ClickHouse is slow or away, and takes seconds at best to catch up.
      throw new Problem("store_unavailable", error.message, 5);
    }
  }
}
