import { randomUUID } from "node:crypto";
import type { Access } from "@hotspan/access";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Health } from "../health.ts";
import type { Metrics } from "../metrics.ts";
import { admit, requireScope } from "./access.ts";
import type { Intake } from "./intake.ts";
import { Problem } from "./problem.ts";
import type { Deletions } from "../deletion/deletions.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { deletionRoutes } from "./deletion.ts";
import { plainProfileRoutes } from "./plain-profiles.ts";
import type { Room } from "../room.ts";
import { profileRoute } from "./profiles.ts";
import { scheduleRoutes } from "./schedule.ts";
import { traceRoute } from "./traces.ts";

const unguarded: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);
/** What removes data, or has services sampled more densely. */
const adminOnly = /^\/v1\/(data|agent\/profile)(\/|$)/;

/** Bodies that are being read or decoded at once, in bytes as declared. */
const maxInFlightBytes = 64 << 20;

export interface ServerParts {
  readonly intake: Intake;
  readonly health: Health;
  readonly room: Room;
  readonly metrics: Metrics;
  readonly schedule: Schedule;
  /** Absent on a cluster. */
  readonly deletions: Deletions | undefined;
  readonly access: Access;
  /** Where others write spans. */
  readonly tracesTable: string | undefined;
  readonly log: Logger;
}

/** The ingest doors, not yet listening. */
export function createServer(parts: ServerParts): FastifyInstance {
  const { health, metrics, access } = parts;
  const app: FastifyInstance = fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    // A sender that stalls in the middle of a body must not hold it for ever.
    requestTimeout: 30_000,
    bodyLimit: 1 << 20,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });

  let inFlightBytes = 0;
  const declared = new WeakMap<object, number>();
  app.addHook("onRequest", async (request) => {
    const { url } = request.routeOptions;
    if (url !== undefined && unguarded.has(url)) return;
    admit(request, access);
    if (url !== undefined) requireScope(request, adminOnly.test(url) ? "admin" : "ingest");
    // Agents ask for their schedule all the time, without a body.
    const length = request.method === "GET" ? 0 : Number(request.headers["content-length"] ?? 1 << 20);
    if (inFlightBytes + length > maxInFlightBytes && inFlightBytes > 0)
      throw new Problem("rate_limited", "too many bodies are being read at once", 1);
    inFlightBytes += length;
    declared.set(request, length);
  });
  app.addHook("onResponse", async (request, reply) => {
    metrics.requests.inc({ route: request.routeOptions.url ?? "none", status: reply.statusCode });
  });
  // Also when the sender goes away before the answer.
  app.addHook("onRequest", (request, reply, done) => {
    reply.raw.once("close", () => {
      inFlightBytes -= declared.get(request) ?? 0;
      declared.delete(request);
    });
    done();
  });

  app.setNotFoundHandler(() => {
    throw new Problem(
      "not_found",
      "this server takes POST /v1/profiles, /v1/traces, /v1/pprof and /v1development/profiles, and DELETE /v1/data; agents ask GET /v1/agent/schedule",
    );
  });
  app.setErrorHandler<FastifyError | Problem>((error, request, reply) => {
    const problem = error instanceof Problem ? error : fromFastify(error, request.url);
    if (problem.code === "internal") parts.log.error({ err: error, url: request.url }, "request failed");
    if (problem.challenge !== undefined) void reply.header("www-authenticate", problem.challenge);
    if (problem.retryAfterSeconds !== undefined) void reply.header("retry-after", problem.retryAfterSeconds);
    void reply
      .code(problem.status)
      .type("application/problem+json")
      .send(
        // As bytes: to a string a charset would be added, which this type does not have.
        Buffer.from(
          JSON.stringify({
            type: "about:blank",
            title: problem.title,
            status: problem.status,
            detail: problem.message,
            code: problem.code,
            requestId: request.id,
          }),
        ),
      );
  });

  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async () => {
    const { reasons } = health;
    const paused = parts.room.reason;
    if (paused !== undefined) throw new Problem("store_unavailable", `ingest pauses: ${paused}`, 10);
    if (reasons.length > 0) throw new Problem("store_unavailable", reasons.join("; "), 1);
    return { status: "ready" };
  });
  app.get("/metrics", async (_request, reply) => {
    void reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  profileRoute(app, parts.intake);
  traceRoute(app, parts.intake, parts.tracesTable);
  plainProfileRoutes(app, parts.intake);
  scheduleRoutes(app, parts.schedule);
  deletionRoutes(app, parts.deletions);
  return app;
}

function fromFastify(error: FastifyError, url: string): Problem {
  if (error.statusCode === 413)
    return new Problem(url.startsWith("/v1/profiles") ? "window_too_large" : "body_too_large", error.message);
  if (error.statusCode === 415) return new Problem("unsupported_media_type", error.message);
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new Problem("bad_parameter", error.message);
  return new Problem("internal", "see the log of the correlator");
}
