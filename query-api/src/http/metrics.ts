import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { QueryOutcome, StoreObserver } from "../db/store.ts";

/** Of one server. What each is for: docs/metrics.md. */
export class Metrics implements StoreObserver {
  readonly registry: Registry = new Registry();
  readonly #queries: Histogram<"outcome">;
  readonly #queriesRunning: Gauge;
  readonly #requests: Histogram<"method" | "route" | "status">;
  readonly #requestsRunning: Gauge;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#queries = new Histogram({
      name: "hotspan_query_api_clickhouse_seconds",
      help: "Time of a ClickHouse query, by outcome: ok, error, cancelled",
      labelNames: ["outcome"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#queriesRunning = new Gauge({
      name: "hotspan_query_api_clickhouse_running",
      help: "ClickHouse queries under way",
      registers,
    });
    this.#requests = new Histogram({
      name: "hotspan_query_api_http_seconds",
      help: "Time of an HTTP request, by route",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#requestsRunning = new Gauge({
      name: "hotspan_query_api_http_running",
      help: "HTTP requests under way",
      registers,
    });
  }

  begun(): void {
    this.#queriesRunning.inc();
  }

  ended(seconds: number, outcome: QueryOutcome): void {
    this.#queriesRunning.dec();
    this.#queries.observe({ outcome }, seconds);
  }

  watch(app: FastifyInstance): void {
    app.addHook("onRequest", (_request, reply, done) => {
      this.#requestsRunning.inc();
      // Also of those that went away before the answer.
      reply.raw.once("close", () => this.#requestsRunning.dec());
      done();
    });
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
