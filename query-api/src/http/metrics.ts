import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { StoreObserver } from "../db/store.ts";

export class Metrics implements StoreObserver {
  readonly registry: Registry = new Registry();
  readonly #queries: Histogram<"outcome">;
  readonly #requests: Histogram<"method" | "route" | "status">;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#queries = new Histogram({
      name: "hotspan_query_api_clickhouse_seconds",
      help: "Time of a ClickHouse query",
      labelNames: ["outcome"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [this.registry],
    });
    this.#requests = new Histogram({
      name: "hotspan_query_api_http_seconds",
      help: "Time of an HTTP request, by route",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [this.registry],
    });
  }

  query(seconds: number, outcome: "ok" | "error" | "cancelled"): void {
    this.#queries.observe({ outcome }, seconds);
  }

  watch(app: FastifyInstance): void {
    app.addHook("onResponse", (request, reply, done) => {
      this.#requests.observe(
        {
          method: request.method,
          route: request.routeOptions.url ?? "none",
          status: String(reply.statusCode),
        },
        reply.elapsedTime / 1000,
      );
      done();
    });
  }
}
