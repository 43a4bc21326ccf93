// Walks the committed OpenAPI document with generated requests: no answer of the service's fault, none that is not documented,
// and what holds of all answers holds. HOTSPAN_GENERATED: requests per operation; HOTSPAN_SEED: which.
import { readFileSync } from "node:fs";
import { testStore, type TestStore } from "@hotspan/store/testing";
import fc from "fast-check";
import { Type, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ERROR_CODES } from "../src/errors.ts";
import { type Answer, startApi, type TestApi } from "./support/api.ts";
import { strict } from "./support/contract.ts";
import { type Document, type Known, type Operation, operationsOf, requestsOf } from "./support/generate.ts";
import { type Held, writeHeld } from "./support/held.ts";
import { INVARIANTS } from "./support/invariants.ts";
import { type Story, webInstance, writeStory } from "./support/story.ts";
import { writeTraffic } from "./support/traffic.ts";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";
const numRuns = Number(process.env["HOTSPAN_GENERATED"] ?? (nightly ? 1000 : 60));
const seed = Number(process.env["HOTSPAN_SEED"] ?? 1);
const document = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8")) as Document;

let store: TestStore;
let api: TestApi;
let known: Known;

beforeAll(async () => {
  store = await testStore();
  const story: Story = await writeStory(store);
  const held: Held = await writeHeld(store);
  const t0 = BigInt(Math.floor(Date.now() / 10_000) * 10 - 3000) * 1_000_000_000n;
  const instance = "e".repeat(32);
  await writeTraffic(store, { service: "basket", instance, version: "1.0.0", t0, windows: 6, slow: 3 });
  api = await startApi(store);
  known = valuesOf(story, held, t0);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

function valuesOf(story: Story, held: Held, t0: bigint): Known {
  const now = Date.now();
  const mostly = {
    traceId: [story.traceId, story.traceId, held.traceId, held.exportTrace, "f".repeat(32)],
    spanId: [story.root, story.render, story.items, held.cart, held.exported, "f".repeat(16)],
    service: ["web", "cart", "basket", "nobody"],
    operation: ["GET /cart", "render", "GET /items"],
    endpoint: ["GET /cart", "GET /items", "POST /export"],
    version: ["1.2.0", "3.0.0", "1.0.0"],
    environment: ["prod"],
    zone: ["eu-1", "eu-2"],
    instance: [webInstance, "e".repeat(32), "0".repeat(32)],
    thread: [0, 1],
    label: ["tenant:acme", "tenant:none"],
    attr: ["user.tier:gold", "http.route:/cart", "cart.items:5000"],
    focus: ["render", "^web/", "JSON"],
    hide: ["express", "node_modules"],
    show: ["main|render", "cart"],
    highlight: ["parse"],
    from: [
      now - 7_200_000,
      now - 3_600_000,
      Number(t0 / 1_000_000n),
      new Date(now - 86_400_000).toISOString(),
    ],
    to: [now, now + 60_000, new Date(now - 1_000_000).toISOString()],
    percentile: [50, 95, [25, 75], [0, 50]],
    minMs: [0, 100, 200],
    maxMs: [1000, 200, 100],
    stepMs: [60_000, 600_000, 3_600_000],
    buckets: ["60x40", "1x1", "400x200"],
    maxNodes: [2, 3, 10, 16_384],
    limit: [1, 2, 50, 500],
    padMs: [0, 50, 1000],
    query: [
      "SELECT 1",
      "SELECT ServiceName, count() FROM profile_samples GROUP BY ServiceName",
      "SELECT {n:UInt32} + 1",
      "SELECT * FROM otel_traces",
      "SELECT nothing",
      "SHOW TABLES",
      "DROP TABLE otel_traces",
      "SELECT * FROM url('http://127.0.0.1:1/', CSV)",
    ],
    params: [{ n: 1 }, { n: "x" }, {}],
  };
  // A cursor is for one list and one question; less time than a busy server needs is answered with 504.
  const only = { cursor: [], timeoutMs: [30_000] };
  const basket = { service: "basket", endpoint: "GET /cart" };
  const rootCause = [
    { ...basket, slow: { minMs: 200 }, baseline: { maxMs: 200 } },
    { ...basket, slow: { minMs: 200 }, baseline: { maxMs: 200 }, maxSpans: 20, seed: 7 },
    { ...basket, slow: { percentile: 60 }, baseline: { percentile: [0, 50] } },
    basket,
  ];
  return { mostly, only, bodies: { rootCause } };
}

/** What is wrong with an answer; nothing, if it is as documented. */
function faults({ operationId, responses }: Operation, { status, headers, body, bytes }: Answer): string[] {
  // A store that has no processor for a while is not ready.
  if (status >= 500 && operationId !== "readyz") return [`${status} ${JSON.stringify(body)}`];
  const documented = responses[String(status)] ?? responses[`${String(status)[0]}XX`];
  if (documented === undefined) return [`${status} is not documented`];
  const type = (headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (Object.keys(documented).length === 0) return bytes.length > 0 && status !== 302 ? ["a body"] : [];
  const schema = documented[type];
  if (schema === undefined) return [`${status} as ${type} is not documented`];
  if (!/[/+]json$/.test(type)) return [];
  const wrong = [...compiled(schema).Errors(body)].map((error) => JSON.stringify(error));
  if (status >= 400) {
    const { code } = body as { code: keyof typeof ERROR_CODES };
    if (ERROR_CODES[code]?.[0] !== status) wrong.push(`${status} with the code ${code}`);
  } else if (status === 200) wrong.push(...(INVARIANTS[operationId]?.(body as never) ?? []));
  return wrong;
}

const validators = new Map<object, ReturnType<typeof Compile>>();
function compiled(schema: object): ReturnType<typeof Compile> {
  let validator = validators.get(schema);
  if (validator === undefined)
    validators.set(schema, (validator = Compile(strict(Type.Unsafe(schema) as TSchema))));
  return validator;
}

test.each(operationsOf(document).map((operation) => [operation.operationId, operation] as const))(
  "%s answers as documented, whatever it is asked",
  async (_, operation) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(requestsOf(operation, known), async ({ method, url, body, spoilt }) => {
        const answer = method === "GET" ? await api.get(url) : await api.post(url, body);
        const { status } = answer;
        if (!spoilt) statuses.add(status);
        expect(faults(operation, answer), `${method} ${url} ${JSON.stringify(body)}`).toEqual([]);
      }),
      { numRuns, seed },
    );
    // Else nothing but refusals would have been looked at.
    expect([...statuses].some((status) => status < 400)).toBe(true);
  },
  600_000,
);

test("an unknown parameter or field is refused by name", async () => {
  for (const { path, parameters, body } of operationsOf(document)) {
    if (!path.startsWith("/api/v1/")) continue;
    const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(known.mostly[name]?.[0]));
    const required = parameters.filter((one) => one.in === "query" && one.required === true);
    const query = new URLSearchParams();
    for (const { name } of required) query.append(name, String(known.mostly[name]?.[0]));
    query.append("colour", "red");
    const answer =
      body === undefined
        ? await api.get(`${at}?${query.toString()}`)
        : await api.post(at, { service: "web", base: {}, other: {}, query: "SELECT 1", colour: "red" });
    expect(answer.status, path).toBe(400);
    expect(answer.body.code).toBe("bad_parameter");
  }
});
