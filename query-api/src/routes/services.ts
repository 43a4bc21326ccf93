import { api } from "../contract.ts";
import { readDeploys } from "../db/deploys.ts";
import { readOperations, readServices } from "../db/services.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { nextCursor, pageOf } from "../params/page.ts";
import type { Deploys, Operations, Services } from "../types.ts";
import type { App, Context } from "./context.ts";

export function serviceRoutes(app: App, { settings, store }: Context): void {
  app.route({
    ...api.services,
    handler: async (request, reply) => {
      const list = { list: "services" };
      const page = pageOf(request.query, list, settings);
      const { range, offset, limit } = page;
      const rows = await readServices(store, callerOf(request, reply), range, settings.now());
      const answer: Services = {
        services: rows.slice(offset, offset + limit),
        ...(rows.length > offset + limit ? { nextCursor: nextCursor(page, list) } : {}),
      };
      return sendJson(request, reply, answer);
    },
  });

  app.route({
    ...api.deploys,
    handler: async (request, reply) => {
      const { query } = request;
      const list = { ...query, list: "deploys" };
      const page = pageOf(query, list, settings);
      const { range, offset, limit } = page;
      const all = await readDeploys(store, callerOf(request, reply), query, range);
      const answer: Deploys = { deploys: all.slice(offset, offset + limit) };
      if (all.length > offset + limit) answer.nextCursor = nextCursor(page, list);
      return sendJson(request, reply, answer);
    },
  });

  app.route({
    ...api.operations,
    handler: async (request, reply) => {
      const list = { list: "operations", service: request.params.service };
      const page = pageOf(request.query, list, settings);
      const { range, offset, limit } = page;
      const rows = await readOperations(
        store,
        callerOf(request, reply),
        request.params.service,
        range,
        offset,
        limit + 1,
      );
      const answer: Operations = {
        operations: rows.slice(0, limit),
        ...(rows.length > limit ? { nextCursor: nextCursor(page, list) } : {}),
      };
      return sendJson(request, reply, answer);
    },
  });
}
