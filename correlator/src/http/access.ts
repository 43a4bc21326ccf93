import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/** What a route lets its caller do. */
export type Scope = "admin";

/**
 * Throws 403 `forbidden` unless the caller may do it. The one token there is allows everything, and was checked before. Without a
 * token only this machine reaches us: its programs are trusted, web pages open in its browser are not, and those send an Origin.
 */
export function requireScope(request: FastifyRequest, scope: Scope): void {
  if (request.headers.authorization === undefined && request.headers.origin !== undefined)
    throw new Problem("forbidden", `web pages may not use what needs the scope ${scope}`);
}
