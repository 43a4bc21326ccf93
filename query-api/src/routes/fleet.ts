import { api } from "../contract.ts";
import { readAgents, readIngest } from "../db/fleet.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { nextCursor, pageOf } from "../params/page.ts";
import type { Fleet } from "../types.ts";
import type { App, Context } from "./context.ts";

export function fleetRoutes(app: App, { settings, store }: Context): void {
  app.route({
    ...api.fleet,
    handler: async (request, reply) => {
      const { query } = request;
      const list = { ...query, list: "fleet" };
      const page = pageOf(query, list, settings);
      const { range, offset, limit } = page;
      const caller = callerOf(request, reply);
      const [agents, ingest] = await Promise.all([
        readAgents(store, caller, query, range, { offset, limit: limit + 1 }),
        readIngest(store, caller, range),
      ]);
      const answer: Fleet = { agents: agents.slice(0, limit), ingest };
      if (agents.length > limit) answer.nextCursor = nextCursor(page, list);
      return sendJson(request, reply, answer);
    },
  });
}
