import type { Bearer, Refusal } from "./access.ts";
import type { Scope } from "./scopes.ts";

export const isRefusal = (judged: Bearer | Refusal): judged is Refusal => "status" in judged;

/** Why the bearer may not do what needs one of the scopes; undefined if it may. */
export function refusalFor(bearer: Bearer, needed: readonly Scope[]): Refusal | undefined {
  if (needed.some((scope) => bearer.scopes.includes(scope))) return undefined;
  const has = bearer.scopes.length === 0 ? "none" : bearer.scopes.join(", ");
  return {
    status: 403,
    detail: `This needs a token with the scope ${needed.join(" or ")}; the token ${bearer.name ?? ""} has ${has}.`,
    challenge: `Bearer realm="hotspan", error="insufficient_scope", scope="${needed.join(" ")}"`,
  };
}
