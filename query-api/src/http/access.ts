import { Access, type Bearer, isRefusal, type Refusal, refusalFor, type Scope } from "@hotspan/access";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Settings } from "../config.ts";
import { api, apiBase } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { createLimiter } from "./limits.ts";

/** Everything else is read. The schema helps to write SQL, and to read what others wrote. */
const scopes: readonly (readonly [url: string, scopes: readonly Scope[]])[] = [
  [api.sql.url, ["sql"]],
  [api.schema.url, ["read", "sql"]],
];

function neededFor(request: FastifyRequest): readonly Scope[] {
  const { url } = request.routeOptions;
  return scopes.find(([path]) => url?.endsWith(apiBase + path) === true)?.[1] ?? ["read"];
}

const refuse = ({ status, detail, challenge }: Refusal): ApiError =>
  new ApiError(status === 401 ? "unauthorized" : "forbidden", detail, { challenge });

/** Tokens with their scopes, and how often each may ask, of everything registered in `scope`. */
export async function guard(scope: FastifyInstance, settings: Settings): Promise<void> {
  const access = new Access({
    token: settings.token,
    tokensFile: settings.tokensFile,
    onProblem: (problem) => {
      if (problem === undefined) scope.log.info({ tokensFile: settings.tokensFile }, "tokens are read again");
      else scope.log.error({ err: problem }, "no token of the tokens file passes");
    },
  });
  const limiter = await createLimiter(scope, settings.limits);
  scope.addHook("onRequest", async (request, reply) => {
    const judged = access.judge(request.headers.authorization);
    if (isRefusal(judged)) {
      // Without any token it is a page that asks for one, and a look at it tells nothing.
      if (request.headers.authorization !== undefined) await limiter.countFailure(request, reply);
      throw refuse(judged);
    }
    await limiter.count(request, reply, senderOf(judged, request));
    const refusal = refusalFor(judged, neededFor(request));
    if (refusal !== undefined) throw refuse(refusal);
  });
}

/** HOTSPAN_TOKEN is one for all: its bearers are told apart by their addresses. */
const senderOf = ({ id }: Bearer, request: FastifyRequest): string =>
  id === undefined ? `address ${request.ip}` : `token ${id}`;
