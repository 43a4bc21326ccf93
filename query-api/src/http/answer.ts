import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Later than this after its end nothing about a trace is expected to change. */
export const SETTLED_NANO = 300_000_000_000n;

function matches(header: string | undefined, tag: string): boolean {
  return (
    header !== undefined &&
    header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag)
  );
}

/** Sends text or bytes; `settled` answers carry an ETag and are not sent again to who has them. */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  body: string | Buffer,
  type: string,
  settled: boolean,
): FastifyReply {
  reply.type(type).serializer(String);
  if (!settled) return reply.header("cache-control", "no-store").send(body);
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  reply.header("etag", tag).header("cache-control", "private, no-cache");
  return matches(request.headers["if-none-match"], tag) ? reply.code(304).send() : reply.send(body);
}

export function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
  settled = false,
): FastifyReply {
  return send(request, reply, JSON.stringify(answer), "application/json; charset=utf-8", settled);
}
