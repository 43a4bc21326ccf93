import type { ClickHouseClient } from "@clickhouse/client";
import { type Context, context } from "@opentelemetry/api";
import { ApiError } from "../errors.ts";
import { inQuerySpan, traceHeaders } from "../tracing.ts";
import type { Sql } from "./sql.ts";
import { isBrokenConnection, toApiError } from "./failures.ts";
import { ownSpans, type SpanTable } from "./span-table.ts";

/** Whose query it is: aborted when the client hangs up. */
export interface Caller {
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** As in the contract; undefined for what no request asked for. */
  readonly route?: string | undefined;
  /** That of the request. */
  readonly context?: Context | undefined;
}

export type QueryOutcome = "ok" | "error" | "cancelled";

export interface StoreObserver {
  begun(): void;
  ended(seconds: number, outcome: QueryOutcome): void;
}

/** What every request to ClickHouse is sent with. */
export interface QueryRequest {
  readonly query_id: string;
  readonly abort_signal: AbortSignal;
  readonly http_headers: Record<string, string>;
}

/** Runs statements as the reader; each failure is an ApiError. */
export class Store {
  readonly client: ClickHouseClient;
  readonly timeoutMs: number;
  readonly spans: SpanTable;
  readonly #observer: StoreObserver | undefined;
  #count = 0;

  constructor(
    client: ClickHouseClient,
    timeoutMs: number,
    observer?: StoreObserver,
    spans: SpanTable = ownSpans,
  ) {
    this.spans = spans;
    this.client = client;
    this.timeoutMs = timeoutMs;
    this.#observer = observer;
  }

  /** All rows as arrays of columns. UInt64 beyond 2^53 must be read with toString. */
  async rows<T extends readonly unknown[]>(caller: Caller, query: Sql): Promise<T[]> {
    return this.read(caller, async (request) => {
      const result = await this.client.query({
        query: query.text,
        format: "JSONCompactEachRow",
        ...request,
      });
      return result.json<T>();
    });
  }

  /**
   * As `run`, for an answer that `work` reads to its end before anything of it is used: asks once more where the connection
   * broke. A ClickHouse that is short of processors drops some (`min_os_cpu_wait_time_ratio_to_drop_connection`, by default 15).
   */
  async read<T>(caller: Caller, work: (request: QueryRequest) => Promise<T>): Promise<T> {
    try {
      return await this.run(caller, this.timeoutMs, work);
    } catch (error) {
      if (!isBrokenConnection(error)) throw error;
      return this.run(caller, this.timeoutMs, work);
    }
  }

  /**
   * Calls `work` with what a request to ClickHouse is sent with: its signal fires when the caller hangs up or the time is over.
   * Then the query is also killed by its id: closing the connection alone leaves it running until it next writes.
   */
  async run<T>(caller: Caller, timeoutMs: number, work: (request: QueryRequest) => Promise<T>): Promise<T> {
    const queryId = `hotspan-${caller.requestId}-${++this.#count}`;
    const { route = "none", context: parent = context.active() } = caller;
    return inQuerySpan({ parent, route, queryId }, () => this.#run(caller, timeoutMs, queryId, work));
  }

  async #run<T>(
    caller: Caller,
    timeoutMs: number,
    queryId: string,
    work: (request: QueryRequest) => Promise<T>,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([caller.signal, timeout]);
    const started = performance.now();
    let outcome: QueryOutcome = "ok";
    this.#observer?.begun();
    try {
      signal.throwIfAborted();
      return await work({ query_id: queryId, abort_signal: signal, http_headers: traceHeaders() });
    } catch (error) {
      if (signal.aborted) {
        outcome = "cancelled";
        this.kill(queryId);
        if (timeout.aborted && !caller.signal.aborted)
          throw new ApiError("query_timeout", `The query took longer than ${timeoutMs} ms.`, {
            cause: error,
          });
        throw new ApiError("internal", "The client closed the connection.", { cause: error });
      }
      outcome = "error";
      throw toApiError(error);
    } finally {
      this.#observer?.ended((performance.now() - started) / 1000, outcome);
    }
  }

  kill(queryId: string): void {
    this.client
      .command({ query: "KILL QUERY WHERE query_id = {id:String} ASYNC", query_params: { id: queryId } })
      .catch(() => undefined);
  }
}
