import { randomBytes } from "node:crypto";
import { getHeapStatistics } from "node:v8";
import type { ClickHouseClient } from "@clickhouse/client";
import underPressure from "@fastify/under-pressure";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { Access, isLoopback } from "@hotspan/access";
import { createStoreClient } from "@hotspan/store";
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { pino } from "pino";
import { type QueryApiConfig, resolveConfig, type Settings } from "./config.ts";
import { apiBase, root } from "./contract.ts";
import { Retention } from "./db/evidence.ts";
import { whatIsMissing } from "./db/readiness.ts";
import { foreignSpans, ownSpans } from "./db/span-table.ts";
import { StackReader } from "./db/stacks.ts";
import { Store } from "./db/store.ts";
import { TypicalDurations } from "./db/typical.ts";
import { ApiError } from "./errors.ts";
import { guard } from "./http/access.ts";
import { sendJson } from "./http/answer.ts";
import { refuseHiddenFilters } from "./http/hidden-filters.ts";
import { gateRequests } from "./http/limits.ts";
import { Metrics } from "./http/metrics.ts";
import { answerBroken, answerProblems, jsonOnly, sendProblem } from "./http/problem.ts";
import { secure } from "./http/security.ts";
import { serveUi } from "./http/ui.ts";
import { LedgerRunner } from "./ledger/runner.ts";
import { openApiDocument } from "./openapi.ts";
import { callerOf } from "./params/caller.ts";
import { compareRoutes } from "./routes/compare.ts";
import type { App, Context } from "./routes/context.ts";
import { fleetRoutes } from "./routes/fleet.ts";
import { ledgerRoutes } from "./routes/ledger.ts";
import { profileRoutes } from "./routes/profiles.ts";
import { regressionRoutes } from "./routes/regressions.ts";
import { rootCauseRoutes } from "./routes/root-cause.ts";
import { searchRoutes } from "./routes/search.ts";
import { serviceRoutes } from "./routes/services.ts";
import { spanProfileRoutes } from "./routes/span-profile.ts";
import { sqlRoutes } from "./routes/sql.ts";
import { openRoute, traceRoutes } from "./routes/trace.ts";
import { traceIds } from "./tracing.ts";

export interface QueryApi {
  /** `http://127.0.0.1:4600`, with the port it really got. */
  readonly url: string;
  readonly port: number;
  /** Ends running requests within 4 s. Idempotent. */
  close(): Promise<void>;
}

const CLOSE_MS = 3_500;

/** Starts the server; it answers at once, and its queries as soon as the store does. Throws ConfigError. */
export async function startQueryApi(config: QueryApiConfig): Promise<QueryApi> {
  const settings = resolveConfig(config);
  const logger: FastifyBaseLogger = pino(
    { level: settings.logLevel, base: { name: "query-api" }, mixin: traceIds },
    pino.destination(2),
  );
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomBytes(8).toString("hex"),
    bodyLimit: 1_048_576,
    // Who may say on whose behalf it asks; an empty list would be everybody.
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    routerOptions: { maxParamLength: 4096 },
    forceCloseConnections: "idle",
    requestTimeout: 60_000,
    // Room for every filter at its longest, percent-encoded. A missing Host is refused like a foreign one.
    http: { maxHeaderSize: 262_144, requireHostHeader: false },
    clientErrorHandler: answerBroken,
    // A path that cannot be decoded never reaches the error handler.
    frameworkErrors: (error, request, reply) => {
      void sendProblem(
        request as unknown as FastifyRequest,
        reply as unknown as FastifyReply,
        new ApiError("bad_parameter", error.message, { cause: error }),
      );
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: "array", strict: false } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  const metrics = new Metrics();
  const client = clientOf(settings, settings.clickhouse);
  const spans = settings.tracesTable === undefined ? ownSpans : foreignSpans(settings.tracesTable);
  const store = new Store(client, settings.queryTimeoutMs, metrics, spans);
  const sqlClient = sqlClientOf(settings, client);
  const sqlStore =
    sqlClient === undefined ? undefined : new Store(sqlClient, settings.queryTimeoutMs, metrics, spans);
  const ledgers = new LedgerRunner();
  const context: Context = {
    settings,
    store,
    sqlStore,
    stacks: new StackReader(),
    retention: new Retention(),
    typicals: new TypicalDurations(),
    ledgers,
  };

  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  answerProblems(app as unknown as FastifyInstance);
  jsonOnly(app as unknown as FastifyInstance);
  await secure(app as unknown as FastifyInstance, settings);
  metrics.watch(app as unknown as FastifyInstance);
  await app.register(underPressure, {
    // Not by the delay of the loop: the plugin takes a second without a measurement, as at start, for an endless delay.
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * 0.85),
    pressureHandler: () => {
      throw new ApiError("rate_limited", "The server is overloaded.", { retryAfterSeconds: 1 });
    },
  });
  await registerRoutes(app, context, metrics);
  await serveUi(app as unknown as FastifyInstance, settings);
  await app.listen({ host: settings.host, port: settings.port });
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : settings.port;
  const name = settings.host.includes(":") ? `[${settings.host}]` : settings.host;
  const url = `http://${name}:${port}${settings.basePath}`;
  if (settings.insecureNoToken && !isLoopback(settings.host) && !new Access(settings).required)
    logger.warn({ url }, "everybody who reaches this address reads everything: no token is asked for");
  logger.info({ url }, "listening");

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const force = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
    await app.close();
    clearTimeout(force);
    await Promise.all([client.close(), sqlClient?.close(), ledgers.close()]);
  };
  return { url, port, close: () => (closing ??= close()) };
}

function clientOf(settings: Settings, account: { user: string; password: string }): ClickHouseClient {
  const { user, password } = account;
  return createStoreClient({
    ...settings.clickhouse,
    user,
    password,
    role: "reader",
    application: "hotspan-query-api",
    requestTimeoutMs: settings.queryTimeoutMs + 5_000,
    maxConnections: 32,
  });
}

/** Statements run as an account of their own, if there is one. */
function sqlClientOf(settings: Settings, usual: ClickHouseClient): ClickHouseClient | undefined {
  const { sqlAccount, clickhouse } = settings;
  if (sqlAccount === undefined) return undefined;
  return sqlAccount.user === clickhouse.user ? usual : clientOf(settings, sqlAccount);
}

async function registerRoutes(app: App, context: Context, metrics: Metrics): Promise<void> {
  const { settings, store } = context;
  const document = await openApiDocument();
  await app.register(
    async (scope) => {
      scope.route({
        ...root.healthz,
        handler: async (request, reply) => sendJson(request, reply, { status: "ok" }),
      });
      scope.route({
        ...root.readyz,
        handler: async (request, reply) => {
          const missing = await whatIsMissing(store, callerOf(request, reply));
          if (missing !== undefined)
            throw new ApiError("store_unavailable", missing, { retryAfterSeconds: 2 });
          return sendJson(request, reply, { status: "ok" });
        },
      });
      scope.route({
        ...root.metrics,
        handler: async (_request, reply) =>
          reply
            .type(metrics.registry.contentType)
            .serializer(String)
            .send(await metrics.registry.metrics()),
      });
      scope.route({
        ...root.openapi,
        handler: async (request, reply) => sendJson(request, reply, document),
      });
      openRoute(scope as App, settings.basePath);
    },
    { prefix: settings.basePath },
  );
  await app.register(
    async (scope) => {
      await guard(scope, settings);
      refuseHiddenFilters(scope, settings.redaction);
      gateRequests(scope, settings.limits);
      const api = scope as App;
      serviceRoutes(api, context);
      searchRoutes(api, context);
      traceRoutes(api, context);
      spanProfileRoutes(api, context);
      ledgerRoutes(api, context);
      compareRoutes(api, context);
      rootCauseRoutes(api, context);
      regressionRoutes(api, context);
      profileRoutes(api, context);
      fleetRoutes(api, context);
      sqlRoutes(api, context);
    },
    { prefix: `${settings.basePath}${apiBase}` },
  );
}
