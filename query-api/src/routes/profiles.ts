import { api } from "../contract.ts";
import { readCovered } from "../db/covered.ts";
import { readSeries } from "../db/series.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { chooseStep } from "../params/step.ts";
import { parseRange } from "../params/time.ts";
import { coveredTime } from "../profile/covered.ts";
import { applyFilters, compileFilters } from "../profile/filters.ts";
import { seriesOf } from "../profile/series.ts";
import { topFunctions } from "../profile/top.ts";
import type { App, Context } from "./context.ts";
import { sendProfile } from "./profile-answer.ts";
import { readHoldSeries } from "./holds.ts";
import { readSelection } from "./selection-samples.ts";

export function profileRoutes(app: App, context: Context): void {
  const { settings, store } = context;

  app.route({
    ...api.profiles,
    handler: async (request, reply) => {
      const range = parseRange(request.query, settings.now(), settings.maxRangeMs);
      const caller = callerOf(request, reply);
      return sendProfile(request, reply, request.query, {
        name: "profile",
        settled: false,
        read: async () => readSelection(context, caller, request.query, range),
      });
    },
  });

  app.route({
    ...api.series,
    handler: async (request, reply) => {
      const { query } = request;
      const range = parseRange(query, settings.now(), settings.maxRangeMs);
      const stepMs = chooseStep(range, query.stepMs);
      const dimensions = query.groupBy ?? [];
      const caller = callerOf(request, reply);
      const [{ points, truncated }, windows] = await Promise.all([
        query.type === "loop_hold"
          ? readHoldSeries(context, caller, query, range, stepMs, dimensions)
          : readSeries(store, caller, query, range, stepMs, dimensions).then((found) => ({
              points: found,
              truncated: false,
            })),
        readCovered(store, caller, query, range, stepMs),
      ]);
      const covered = coveredTime(
        windows,
        points.map(({ at }) => at),
        stepMs,
        {
          from: Number(range.from / 1_000_000n),
          to: Number(range.to / 1_000_000n),
        },
      );
      const lines = seriesOf(points, dimensions, query.limit ?? 50);
      const heap = query.type === "heap_inuse" || query.type === "heap_alloc";
      return sendJson(request, reply, {
        stepNano: stepMs * 1e6,
        unit: heap ? "bytes" : "nanoseconds",
        covered: covered.map(({ from, to }) => [Math.round(from), Math.round(to)] as [number, number]),
        series: lines.series,
        truncated: lines.truncated || truncated,
      });
    },
  });

  app.route({
    ...api.top,
    handler: async (request, reply) => {
      const range = parseRange(request.query, settings.now(), settings.maxRangeMs);
      const filters = compileFilters(request.query);
      const set = await readSelection(context, callerOf(request, reply), request.query, range);
      const shown = applyFilters(set, filters);
      return sendJson(request, reply, { functions: topFunctions(shown, request.query.limit ?? 50) });
    },
  });
}
