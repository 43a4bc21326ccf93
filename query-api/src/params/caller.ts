import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../db/store.ts";
import { contextOf } from "../tracing.ts";

/** A request as the owner of its queries: its signal fires when the connection closes before the answer is sent. */
export function callerOf(request: FastifyRequest, reply: FastifyReply): Caller {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    requestId: request.id,
    signal: gone.signal,
    route: request.routeOptions.url,
    context: contextOf(request.headers),
  };
}
