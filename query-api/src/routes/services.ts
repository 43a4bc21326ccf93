import { api } from "../contract.ts";
import { readOperations, readServices } from "../db/services.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { decodeCursor, encodeCursor } from "../params/cursor.ts";
import { parseRange, type TimeRange } from "../params/time.ts";
import type { Operations, Services } from "../types.ts";
import type { App, Context } from "./context.ts";

interface Page {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export function serviceRoutes(app: App, { settings, store }: Context): void {
  const page = (query: Page): { range: TimeRange; offset: number; limit: number } => {
    const limit = query.limit ?? 50;
    if (query.cursor === undefined)
      return { range: parseRange(query, settings.now(), settings.maxRangeMs), offset: 0, limit };
    const { range, key } = decodeCursor(query.cursor, {}, 1);
    return { range, offset: Number.parseInt(key[0]!, 16), limit };
  };
  const next = (range: TimeRange, offset: number): string =>
    encodeCursor({ range, key: [offset.toString(16)] }, {});

  app.route({
    ...api.services,
    handler: async (request, reply) => {
      const { range, offset, limit } = page(request.query);
      const rows = await readServices(store, callerOf(request, reply), range);
      const answer: Services = {
        services: rows.slice(offset, offset + limit),
        ...(rows.length > offset + limit ? { nextCursor: next(range, offset + limit) } : {}),
      };
      return sendJson(request, reply, answer);
    },
  });

  app.route({
    ...api.operations,
    handler: async (request, reply) => {
      const { range, offset, limit } = page(request.query);
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
        ...(rows.length > limit ? { nextCursor: next(range, offset + limit) } : {}),
      };
      return sendJson(request, reply, answer);
    },
  });
}
