import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import { api, apiBase, type Endpoint, root } from "./contract.ts";

/** The OpenAPI 3.1 document of the contract. */
export async function openApiDocument(): Promise<Record<string, unknown>> {
  const app: FastifyInstance = fastify({ ajv: { customOptions: { strict: false } } });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Hotspan",
        version: "1.0.0",
        description:
          "Times in requests: RFC 3339 or Unix milliseconds. Times in answers: nanoseconds as decimal text. Clients ignore unknown fields; additions only within v1.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: [
        { name: "search", description: "Find services, operations and traces" },
        { name: "trace", description: "One trace" },
        { name: "ledger", description: "Where time went, to the nanosecond" },
        { name: "profile", description: "Flame graphs of spans, traces and selections" },
        { name: "compare", description: "Slow against fast, version against version" },
        { name: "fleet", description: "Agents and ingest" },
        { name: "sql", description: "Read-only SQL" },
        { name: "service", description: "Health, metrics, links" },
      ],
    },
  });
  const handler = (): never => {
    throw new Error("The document has no behaviour.");
  };
  for (const { url, ...route } of Object.values<Endpoint>(api))
    app.route({ ...route, url: `${apiBase}${url}`, handler });
  for (const route of Object.values<Endpoint>(root)) app.route({ ...route, handler });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document as unknown as Record<string, unknown>;
}
