import type { FastifyInstance } from "fastify";
import { pairs } from "../db/selection.ts";
import { ApiError } from "../errors.ts";
import type { Redaction } from "../redaction.ts";

const FILTERS = ["attr", "label"] as const;

/** Whether a value is there tells what it is: nothing is found by what is hidden. Of all routes, in queries and bodies. */
export function refuseHiddenFilters(app: FastifyInstance, redaction: Redaction): void {
  if (!redaction.active) return;
  const check = (fields: unknown): void => {
    if (typeof fields !== "object" || fields === null) return;
    for (const name of FILTERS) {
      const given = (fields as Readonly<Record<string, unknown>>)[name];
      const texts = (Array.isArray(given) ? given : [given]).filter((one) => typeof one === "string");
      for (const key of pairs(name, texts).keys())
        if (redaction.hides(key))
          throw new ApiError("forbidden", `${name}: ${key} is redacted here, nothing is found by it`, {
            field: name,
          });
    }
  };
  app.addHook("preHandler", async ({ query, body }) => {
    check(query);
    check(body);
    // Selections lie one level down.
    if (typeof body === "object" && body !== null) for (const part of Object.values(body)) check(part);
  });
}
