import type { ClickHouseClient } from "@clickhouse/client";
import { ApiError } from "../errors.ts";
import type { Sql } from "./sql.ts";
import { toApiError } from "./failures.ts";
import { ownSpans, type SpanTable } from "./span-table.ts";

/** Whose query it is: aborted when the client hangs up. */
export interface Caller {
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export interface StoreObserver {
  query(seconds: number, outcome: "ok" | "error" | "cancelled"): void;
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
    return this.run(caller, this.timeoutMs, async (signal, queryId) => {
      const result = await this.client.query({
        query: query.text,
        format: "JSONCompactEachRow",
        query_id: queryId,
        abort_signal: signal,
      });
      return result.json<T>();
    });
  }

  /**
   * Calls `work` with a signal that fires when the caller hangs up or the time is over. Then the query is also killed
   * by its id: closing the connection alone leaves it running until it next writes.
   */
  async run<T>(
    caller: Caller,
    timeoutMs: number,
    work: (signal: AbortSignal, queryId: string) => Promise<T>,
  ): Promise<T> {
    const queryId = `hotspan-${caller.requestId}-${++this.#count}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([caller.signal, timeout]);
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    try {
      signal.throwIfAborted();
      const answer = await work(signal, queryId);
      this.#observer?.query(seconds(), "ok");
      return answer;
    } catch (error) {
      if (signal.aborted) {
        this.#observer?.query(seconds(), "cancelled");
        this.kill(queryId);
        if (timeout.aborted && !caller.signal.aborted)
          throw new ApiError("query_timeout", `The query took longer than ${timeoutMs} ms.`, {
            cause: error,
          });
        throw new ApiError("internal", "The client closed the connection.", { cause: error });
      }
      this.#observer?.query(seconds(), "error");
      throw toApiError(error);
    }
  }

  kill(queryId: string): void {
    this.client
      .command({ query: "KILL QUERY WHERE query_id = {id:String} ASYNC", query_params: { id: queryId } })
      .catch(() => undefined);
  }
}
