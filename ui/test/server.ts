// Serves the built app as query-api does (any path is the app, strict CSP), with the story as its API.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { storyFleet } from "./fleet-story.ts";
import * as ledgers from "./ledger-story.ts";
import type { CompareBody } from "@hotspan/query-api/types";
import * as profiles from "./profiles-story.ts";
import * as story from "./story.ts";

const app = fileURLToPath(new URL("../dist/app/", import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

export interface StoryOptions {
  /** The path the app is served under. */
  readonly base?: string;
  /** No service has sent anything; then spans; then samples. */
  stage?: "nothing" | "spans" | "all";
}

export interface StoryServer {
  readonly url: string;
  readonly options: StoryOptions;
  close(): Promise<void>;
}

/** Instants of the story do not move: pictures stay comparable. */
export const storyEnd = Date.parse("2026-11-23T15:00:00Z");

export async function serveStory(options: StoryOptions = {}): Promise<StoryServer> {
  const base = options.base ?? "/";
  const server: Server = createServer((request, response) => {
    void answer(request, base, options, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    options,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

async function answer(
  request: IncomingMessage,
  base: string,
  options: StoryOptions,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://story");
  if (!url.pathname.startsWith(base)) return void response.writeHead(404).end();
  const inside = url.pathname.slice(base.length);
  if (inside === "api/v1/root-cause") return rootCause(request, response);
  if (inside === "api/v1/compare") return compare(request, response);
  if (inside === "api/v1/sql") return sql(request, response);
  if (inside.startsWith("api/v1/")) return api(inside.slice(7), url.searchParams, options, response);
  const file = normalize(inside);
  const type = types[extname(file)];
  if (type !== undefined && !file.startsWith("..")) {
    return void response
      .writeHead(200, { "content-type": type, "content-security-policy": policy })
      .end(await readFile(join(app, file)));
  }
  const html = (await readFile(join(app, "index.html"), "utf8")).replace(
    '<base href="/"',
    `<base href="${base}"`,
  );
  response
    .writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy })
    .end(html);
}

function api(path: string, query: URLSearchParams, options: StoryOptions, response: ServerResponse): void {
  const json = (value: unknown): void =>
    void response
      .writeHead(200, { "content-type": "application/json", "x-request-id": "req-1" })
      .end(JSON.stringify(value));
  const problem = (status: number, code: string, detail: string): void =>
    void response
      .writeHead(status, { "content-type": "application/problem+json" })
      .end(
        JSON.stringify({ type: "about:blank", title: code, status, detail, code, requestId: "req-7f3ac2" }),
      );
  const from = Number(query.get("from"));
  const to = Number(query.get("to"));
  const all = options.stage === undefined || options.stage === "all";

  if (path === "services") {
    if (options.stage === "nothing") return json({ services: [] });
    const last = String(BigInt(Date.now() - 6000) * 1_000_000n);
    const services = ["cart-store", "checkout", "pricing", "users", "web"].map((name) => ({
      name,
      versions: ["1.0.0", "1.1.0"],
      environments: [],
      zones: ["eu-1b"],
      instances: 2,
      lastSpanUnixNano: last,
      lastSampleUnixNano: all && name !== "cart-store" ? last : null,
    }));
    return json({ services });
  }
  if (path === "fleet") {
    if (options.stage === "nothing")
      return json({ agents: [], ingest: { lagMessages: null, lagMs: null, deadLetters: 0 } });
    return json(storyFleet(Date.now(), query.get("service")));
  }
  if (/^services\/[^/]+\/operations$/.test(path)) {
    const names = ["GET /cart", "POST /checkout", "redis GET"];
    return json({
      operations: names.map((name) => ({
        name,
        kind: "server",
        endpoint: name === "redis GET" ? null : name,
        spans: 9,
        p50Nano: 1e8,
        p95Nano: 9e8,
        samples: 5,
      })),
    });
  }
  if (path === "latency-heatmap") {
    if (query.get("service") === "users")
      return json({ t0UnixNano: `${from}000000`, stepNano: 6e10, edgesNano: [1e6, 1e9], cells: [] });
    const [columns = 60, rows = 40] = (query.get("buckets") ?? "60x40").split("x").map(Number);
    const heat = story.storyHeatmap(from, to, columns, rows);
    // A service that was started ten minutes ago.
    if (query.get("service") === "pricing" && to - from >= 3.6e6)
      return json({ ...heat, cells: heat.cells.filter((cell) => (cell[0] ?? 0) >= columns - 10) });
    return json(heat);
  }
  if (path === "traces") {
    if (query.get("service") === "users") return json({ traces: [] });
    if (query.get("operation") === "POST /checkout")
      return problem(504, "query_timeout", "The store took longer than 10 s.");
    if (query.get("limit") === "1") {
      const rows = story.storyTraces(from, Date.now(), 1);
      return json({ traces: rows });
    }
    const start = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? 50);
    const least = Number(query.get("minMs") ?? 0) * 1e6;
    const most = Number(query.get("maxMs") ?? 1e9) * 1e6;
    const rows = story
      .storyTraces(from || Date.now() - 3.6e6, to || Date.now(), 430)
      .filter((row) => row.durationNano >= least && row.durationNano <= most);
    const page = rows
      .slice(start, start + limit)
      .map((row) =>
        query.get("ledger") === "true"
          ? { ...row, ledger: ledgers.storyRowLedger(row.traceId, row.durationNano) }
          : row,
      );
    return json({
      traces: page,
      ...(start + limit < rows.length ? { nextCursor: String(start + limit) } : {}),
    });
  }
  const startMs = storyEnd - 1_132_688;
  if (path === `traces/${story.traceId}`) return json(story.storyTrace(startMs));
  if (path === `traces/${story.bigTraceId}`) return json(story.bigTrace(startMs, 12_000));
  if (/^traces\/[^/]+$/.test(path))
    return problem(404, "trace_not_found", "No span of this trace is stored.");
  if (path === `traces/${story.traceId}/ledger`)
    return json(ledgers.storyTraceLedger(story.storyTrace(startMs).startUnixNano));
  const row = /^traces\/([0-9a-f]{32})\/ledger$/.exec(path);
  if (row?.[1] !== undefined) {
    const found = story.storyTraces(storyEnd - 3.6e6, storyEnd, 430).find((one) => one.traceId === row[1]);
    if (found === undefined) return problem(404, "trace_not_found", "No span of this trace is stored.");
    const rows = ledgers.storyRowLedger(found.traceId, found.durationNano) ?? [];
    const amounts = rows.map((one) => ({
      ...one,
      share: one.nano / found.durationNano,
      low: one.nano,
      high: one.nano,
      ticks: 0,
    }));
    return json({
      ...(ledgers.storyTraceLedger(found.startUnixNano) as object),
      durationNano: found.durationNano,
      rows: amounts,
    });
  }
  const part = /^traces\/([^/]+)\/spans\/([^/]+)\/(ledger|timeline|delayed)$/.exec(path);
  if (part !== null) {
    const trace = part[1] === story.bigTraceId ? story.bigTrace(startMs, 12_000) : story.storyTrace(startMs);
    const span = trace.spans.find((one) => one.spanId === part[2]);
    if (part[3] === "delayed")
      return json(part[2] === story.spanId ? { delayed: [], nano: 0 } : ledgers.storyDelayed());
    if (span === undefined) return problem(404, "span_not_found", "The trace has no such span.");
    return json(
      part[3] === "ledger"
        ? ledgers.storyLedger(span)
        : ledgers.storyTimeline(span, Number(query.get("padMs") ?? 50)),
    );
  }
  const profile = /^traces\/([^/]+)\/spans\/([^/]+)\/profile$/.exec(path);
  if (profile !== null) {
    if (query.getAll("focus").some((pattern) => pattern.includes("(?="))) {
      return problem(400, "bad_filter", "focus: RE2 knows no lookahead, “(?=”.");
    }
    if (profile[1] === story.bigTraceId) return json({ state: "ready", profile: story.bigProfile(16_384) });
    const span = story.storyTrace(startMs).spans.find((one) => one.spanId === profile[2]);
    if (span === undefined) return problem(404, "span_not_found", "The trace has no such span.");
    const { state } = span.profile;
    if (state === "ready") return json({ state, profile: story.storyProfile(query.getAll("highlight")) });
    return json({
      state,
      ...(state === "pending" ? { retryAfterMs: 4000 } : {}),
      ...(state === "too_short"
        ? { aggregateUrl: "/api/v1/profiles?service=checkout&operation=redis+GET" }
        : {}),
    });
  }
  if (path === "schema") {
    return json({
      tables: [
        { name: "deletion_jobs", comment: "What is to be deleted.", columns: [] },
        {
          name: "otel_traces",
          comment: "Spans, as the Collector writes them.",
          columns: [
            { name: "SpanName", type: "LowCardinality(String)", comment: "" },
            { name: "Duration", type: "UInt64", comment: "ns" },
          ],
        },
      ],
      views: [
        {
          name: "span_profile",
          params: [{ name: "trace_id", type: "String" }],
          example: "SELECT * FROM span_profile(trace_id = '…')",
        },
      ],
    });
  }
  if (path === "deploys") {
    // In the middle of the story, and where nobody asks for one service.
    const at = storyEnd - profiles.deployBefore;
    const service = query.get("service") ?? "checkout";
    const deploy = { service, environment: null, version: "1.1.0", previousVersion: "1.0.0", instances: 3 };
    return json({ deploys: at >= from && at < to ? [{ ...deploy, unixNano: `${at}000000` }] : [] });
  }
  if (path === "profiles/series") return json(profiles.storySeries(query, storyEnd));
  if (path === "profiles") {
    if (query.getAll("focus").some((pattern) => pattern.includes("(?=")))
      return problem(400, "bad_filter", "focus: RE2 knows no lookahead, “(?=”.");
    if (query.get("service") === "pricing")
      return problem(504, "query_timeout", "The store took longer than 10 s.");
    return json(profiles.storyAggregate(query));
  }
  problem(404, "not_found", path);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}

async function compare(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = profiles.storyCompare((await bodyOf(request)) as CompareBody);
  if ("answer" in found)
    return void response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify(found.answer));
  const [status, code, detail] = found.refuse;
  response
    .writeHead(status, { "content-type": "application/problem+json" })
    .end(JSON.stringify({ type: "about:blank", title: code, status, detail, code, requestId: "req-90d4" }));
}

async function rootCause(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await bodyOf(request)) as { operation?: string; slow?: { percentile?: unknown } };
  const send = (status: number, value: unknown): void =>
    void response
      .writeHead(status, { "content-type": status === 200 ? "application/json" : "application/problem+json" })
      .end(JSON.stringify(value));
  const problem = (status: number, code: string, detail: string): void =>
    send(status, { type: "about:blank", title: code, status, detail, code, requestId: "req-81c0" });
  if (body.operation === "redis GET") return problem(422, "not_comparable", "12 slow spans, 20 needed.");
  if (body.operation === "POST /checkout")
    return problem(504, "query_timeout", "The store took longer than 10 s.");
  const examples = story.storyTraces(storyEnd - 3.6e6, storyEnd, 430).slice(0, 12);
  const near = examples.filter((one) => one.durationNano > 850e6).map((one) => one.traceId);
  send(200, ledgers.storyRootCause([story.traceId, ...near.filter((one) => one !== story.traceId)]));
}

/** Statements that took this long were cancelled by their reader. */
export const cancelled: string[] = [];

async function sql(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { query } = JSON.parse(text) as { query: string };
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (event: string, data: unknown): void =>
    void response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const progress = { elapsedMs: 1500, readRows: 42_000, readBytes: 3_145_728, totalRows: 84_000 };
  send("progress", progress);
  if (query.includes("sleep")) {
    response.once("close", () => cancelled.push(query));
    return;
  }
  const overTime = query.includes("toStartOfMinute");
  const minute = (i: number): string => `2026-11-23 14:${String(i).padStart(2, "0")}:00`;
  send("result", {
    columns: [
      overTime
        ? { name: "time", type: "DateTime('UTC')" }
        : { name: "SpanName", type: "LowCardinality(String)" },
      { name: "spans", type: "UInt64" },
      { name: "p95_ms", type: "Float64" },
    ],
    rows: Array.from({ length: overTime ? 60 : 500 }, (_, i) =>
      overTime
        ? [minute(i), String(100 + ((i * 37) % 60)), 40 + (i % 9)]
        : [`GET /${i}`, String(9e15 + i), i / 7],
    ),
    rowCount: overTime ? 60 : 500,
    truncated: false,
    elapsedMs: 12.4,
    readRows: 21_400,
    readBytes: 1_572_864,
  });
  response.end();
}
