import { type Access, type Bearer, isRefusal, type Refusal, refusalFor, type Scope } from "@hotspan/access";
import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

const bearers = new WeakMap<FastifyRequest, Bearer>();

/** Throws 401 unless the request carries a good token, where one is asked for. */
export function admit(request: FastifyRequest, access: Access): void {
  const judged = access.judge(request.headers.authorization);
  if (isRefusal(judged)) throw problemOf(judged);
  bearers.set(request, judged);
}

/**
 * Throws 403 `forbidden` unless the sender may do what needs the scope. Without tokens only this machine reaches us: its programs
 * are trusted, web pages open in its browser are not, and those send an Origin.
 */
export function requireScope(request: FastifyRequest, scope: Scope): void {
  const refusal = refusalFor(bearers.get(request) ?? { scopes: [] }, [scope]);
  if (refusal !== undefined) throw problemOf(refusal);
  if (
    scope === "admin" &&
    request.headers.authorization === undefined &&
    request.headers.origin !== undefined
  )
    throw new Problem("forbidden", `web pages may not use what needs the scope ${scope}`);
}

const problemOf = ({ status, detail, challenge }: Refusal): Problem =>
  new Problem(status === 401 ? "unauthorized" : "forbidden", detail, { challenge });
