import { describe, expect, test } from "vitest";
import { EndedNames, EndpointBudget, endpointName, isLowCardinality } from "./endpoint.ts";

describe("endpointName", () => {
  test.each([
    [{ attributes: { "http.request.method": "GET", "http.route": "/cart/:id" } }, "GET /cart/:id"],
    [{ attributes: { "http.method": "POST", "http.route": "/old" } }, "POST /old"],
    // The span's name may be the path: never taken.
    [{ name: "GET /users/17", kind: 1, attributes: { "http.request.method": "GET" } }, "GET"],
    [{ attributes: { "http.request.method": "_OTHER" } }, "HTTP"],
    [{ route: "/cart/:id" }, "HTTP /cart/:id"],
    [{ route: "/cart/:id", method: "PUT" }, "PUT /cart/:id"],
    [
      { attributes: { "rpc.system": "grpc", "rpc.service": "shop.Cart", "rpc.method": "Add" } },
      "shop.Cart/Add",
    ],
    [{ attributes: { "rpc.method": "shop.Cart/Add" } }, "shop.Cart/Add"],
    [
      {
        attributes: {
          "messaging.system": "kafka",
          "messaging.operation.name": "process",
          "messaging.destination.name": "orders",
        },
      },
      "process orders",
    ],
    [
      { attributes: { "messaging.system": "rabbitmq", "messaging.destination.name": "amq.gen-1234567890" } },
      "message",
    ],
    [{ name: "nightly report", kind: 0 }, "nightly report"],
    [{ name: "job 4711", kind: 0 }, "internal"],
    [{ name: "consume 7f9c24e5-4a05-4b0e-9d5a-1c2b3d4e5f60", kind: 4 }, "consumer"],
    [{}, "internal"],
    [{ kind: 99 }, "internal"],
  ])("%j is %s", (facts, endpoint) => {
    expect(endpointName(facts)).toBe(endpoint);
    if ("route" in facts) return;
    // Met for the first time, known, and never learnt.
    for (const names of [new EndedNames(), new EndedNames(0)])
      for (let i = 0; i < 2; i++) {
        const ended = names.of(facts);
        expect(typeof ended === "string" ? ended : endpointName(ended)).toBe(endpoint);
      }
  });

  test("is never longer than the wire allows", () => {
    expect(endpointName({ attributes: { "http.route": "/x".repeat(500) } }).length).toBeLessThanOrEqual(200);
  });
});

test.each(["load cart", "s3.PutObject", "resolve.user.v2", "deadline", "feedback", "base64 encode"])(
  "%s looks like a name",
  (name) => expect(isLowCardinality(name)).toBe(true),
);

test.each([
  "user 7",
  "GET /a?b=c",
  "mailto x@y.z",
  "http://a/b",
  "order-20240131",
  "cafe0123",
  "x".repeat(200),
])("%s looks like it carries an id", (name) => expect(isLowCardinality(name)).toBe(false));

test("names of ended spans are remembered up to a limit, and attributes are kept only where they may name", () => {
  const names = new EndedNames(2);
  const get = { "http.request.method": "GET", "http.route": "/a", "user.id": "7" };
  expect([0, 1, 2].map(() => names.of({ name: "x", kind: 1, attributes: get }))).toEqual([
    "GET /a",
    "GET /a",
    "GET /a",
  ]);
  // The same name of another kind is another.
  expect(names.of({ name: "job 4711", kind: 0 })).toBe("internal");
  expect(names.of({ name: "job 4712", kind: 0, attributes: { "user.id": "7" } })).toEqual({
    name: "job 4712",
    kind: 0,
  });
  expect(names.of({ attributes: { ...get, "http.route": "/b" } })).toEqual({ method: "GET", route: "/b" });
});

test("after the limit every new endpoint is other, known ones stay", () => {
  const budget = new EndpointBudget(2);
  expect(["a", "b", "c", "a", "d"].map((name) => budget.admit(name))).toEqual([
    "a",
    "b",
    "other",
    "a",
    "other",
  ]);
  expect(budget.replaced).toBe(2);
});
