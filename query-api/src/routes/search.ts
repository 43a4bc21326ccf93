import { api } from "../contract.ts";
import { countLevels, describeTraces, findTraces } from "../db/search.ts";
import { ApiError } from "../errors.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { decodeCursor, encodeCursor } from "../params/cursor.ts";
import { parseRange } from "../params/time.ts";
import { durationGrid } from "../trace/heatmap.ts";
import type { Heatmap, Traces } from "../types.ts";
import type { App, Context } from "./context.ts";
import { ledgersOfTraces } from "./trace-ledgers.ts";

/** Computing a ledger takes ms: a page with ledgers is shorter. */
const MAX_LEDGERS = 50;

export function searchRoutes(app: App, context: Context): void {
  const { settings, store } = context;

  app.route({
    ...api.traces,
    handler: async (request, reply) => {
      const { query } = request;
      const most = query.limit ?? 50;
      const limit = query.ledger === true ? Math.min(most, MAX_LEDGERS) : most;
      const list = { ...query, list: "traces" };
      const cursor =
        query.cursor === undefined ? undefined : decodeCursor(query.cursor, list, 3, settings.maxRangeMs);
      const range = cursor?.range ?? parseRange(query, settings.now(), settings.maxRangeMs);
      const [traceId, start, duration] = cursor?.key ?? [];
      if (cursor !== undefined && !(/^\d+$/.test(start ?? "") && /^\d+$/.test(duration ?? "")))
        throw new ApiError("bad_parameter", "cursor: not one of this list", { field: "cursor" });
      const after =
        traceId === undefined ? undefined : { traceId, start: BigInt(start!), duration: BigInt(duration!) };
      const caller = callerOf(request, reply);
      const found = await findTraces(store, caller, query, range, limit, after);
      const rows = await describeTraces(store, caller, found.slice(0, limit));
      const ledgers = query.ledger === true ? await ledgersOfTraces(context, caller, rows) : undefined;
      const traces = rows.map((row, i) =>
        ledgers === undefined ? row : { ...row, ledger: ledgers[i] ?? null },
      );
      const last = found[limit - 1];
      const answer: Traces = { traces };
      if (found.length > limit && last !== undefined)
        answer.nextCursor = encodeCursor(
          { range, key: [last.traceId, String(last.start), String(last.duration)] },
          list,
        );
      return sendJson(request, reply, answer);
    },
  });

  app.route({
    ...api.heatmap,
    handler: async (request, reply) => {
      const { buckets = "60x40", ...filters } = request.query;
      const [columns, rows] = buckets.split("x").map(Number) as [number, number];
      if (columns > 400 || rows > 200)
        throw new ApiError("bad_parameter", "buckets: more than 400x200", { field: "buckets" });
      const range = parseRange(filters, settings.now(), settings.maxRangeMs);
      const caller = callerOf(request, reply);
      const stepNano = (range.to - range.from + BigInt(columns) - 1n) / BigInt(columns);
      const counts = await countLevels(store, caller, filters, range, stepNano);
      const { edges, cells } = durationGrid(counts, rows);
      const answer: Heatmap = {
        t0UnixNano: String(range.from),
        stepNano: Number(stepNano),
        edgesNano: [...edges],
        cells,
      };
      return sendJson(request, reply, answer);
    },
  });
}
