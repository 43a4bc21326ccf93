import { api } from "../contract.ts";
import { readSelectionSamples } from "../db/samples.ts";
import { type Selection, selectionCondition } from "../db/selection.ts";
import { and, microTime, oneOf, sql } from "../db/sql.ts";
import type { Caller } from "../db/store.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { parseRange, type TimeRange } from "../params/time.ts";
import { applyFilters, compileFilters } from "../profile/filters.ts";
import type { SampleSet } from "../profile/frames.ts";
import { topFunctions } from "../profile/top.ts";
import type { App, Context } from "./context.ts";
import { readSelectionHolds } from "./holds.ts";
import { sendProfile } from "./profile-answer.ts";

/** Distinct stacks read for one profile; what is beyond becomes one frame `other`. */
const MAX_STACKS = 50_000;

export function profileRoutes(app: App, context: Context): void {
  const { settings, store, stacks } = context;

  async function readHolds(caller: Caller, selection: Selection, range: TimeRange): Promise<SampleSet> {
    const { groups, truncated } = await readSelectionHolds(context, caller, selection, range);
    const { table, stacks: list } = await stacks.resolve(store, caller, groups);
    return {
      type: "loop_hold",
      frames: table.frames,
      stacks: list,
      periodNano: 0,
      startUnixNano: range.from,
      endUnixNano: range.to,
      truncated,
    };
  }

  async function read(caller: Caller, selection: Selection, range: TimeRange): Promise<SampleSet> {
    const type = selection.type ?? "wall";
    if (type === "loop_hold") return readHolds(caller, selection, range);
    const timed = type === "wall" || type === "cpu";
    const [{ groups, rest }, periods] = await Promise.all([
      readSelectionSamples(store, caller, selectionCondition(selection, range), type === "cpu", MAX_STACKS),
      timed
        ? store.rows<[string]>(
            caller,
            sql`SELECT toString(max(PeriodNano)) FROM profile_windows WHERE ${and([
              oneOf(sql`ServiceName`, selection.service),
              sql`Start >= ${microTime(range.from)} AND Start < ${microTime(range.to)}`,
            ])}`,
          )
        : [],
    ]);
    const { table, stacks: list } = await stacks.resolve(store, caller, groups);
    if (rest.samples > 0) {
      const other = table.intern("other", "", 0, "", "runtime");
      list.push({ stack: [other], ...rest });
    }
    return {
      type,
      frames: table.frames,
      stacks: list,
      periodNano: Number(periods[0]?.[0] ?? 0),
      startUnixNano: range.from,
      endUnixNano: range.to,
      truncated: rest.samples > 0,
    };
  }

  app.route({
    ...api.profiles,
    handler: async (request, reply) => {
      const range = parseRange(request.query, settings.now(), settings.maxRangeMs);
      const caller = callerOf(request, reply);
      return sendProfile(request, reply, request.query, {
        name: "profile",
        settled: false,
        read: () => read(caller, request.query, range),
      });
    },
  });

  app.route({
    ...api.top,
    handler: async (request, reply) => {
      const range = parseRange(request.query, settings.now(), settings.maxRangeMs);
      const filters = compileFilters(request.query);
      const set = applyFilters(await read(callerOf(request, reply), request.query, range), filters);
      return sendJson(request, reply, { functions: topFunctions(set, request.query.limit ?? 50) });
    },
  });
}
