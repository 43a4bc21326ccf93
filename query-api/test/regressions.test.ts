// Two versions of one service, of which the second is slower by a known cause; and another service that stayed as it was.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { violations } from "./support/contract.ts";
import { MS } from "./support/rows.ts";
import { writeTraffic } from "./support/traffic.ts";

let store: TestStore;
let api: TestApi;
let t0: bigint;

beforeAll(async () => {
  store = await testStore();
  t0 = BigInt(Math.floor(Date.now() / 10_000) * 10 - 3000) * 1_000_000_000n;
  const later = t0 + 600_000_000_000n;
  const traffic = (service: string, version: string, digit: string, at: bigint, slow: number) =>
    writeTraffic(store, { service, version, instance: digit.repeat(32), t0: at, windows: 6, slow });
  await traffic("cart", "1.9.0", "1", t0, 1);
  await traffic("cart", "1.10.0", "2", later, 7);
  await traffic("mail", "1.0.0", "3", t0, 2);
  await traffic("mail", "1.1.0", "4", later, 2);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

test("names the version that became slower, by how much and by what; the one that stayed is not named", async () => {
  const { status, body } = await api.get("/api/v1/regressions");
  expect(status).toBe(200);
  expect(violations("regressions", body)).toEqual([]);
  expect(body.regressions).toHaveLength(1);
  const [one] = body.regressions;
  // Six of ten requests became slow, each by 420 ms.
  expect(one).toMatchObject({ service: "cart", endpoint: "GET /cart", from: "1.9.0", to: "1.10.0" });
  expect(Math.round(one.deltaNano / MS / 10)).toBe(25);
  expect(one.p).toBeLessThanOrEqual(0.05);
  const causes = one.top.map((top: { function?: string; endpoint?: string }) => top.endpoint ?? top.function);
  expect(causes.slice(0, 2).sort()).toEqual(["POST /export", "parseCart"]);
  expect((await api.get("/api/v1/regressions")).body).toEqual(body);
});

test("service, endpoint and range narrow it down", async () => {
  const find = async (query: string): Promise<number> =>
    (await api.get(`/api/v1/regressions?${query}`)).body.regressions.length;
  expect(await find("service=cart&endpoint=GET%20/cart")).toBe(1);
  expect(await find("service=mail")).toBe(0);
  expect(await find("endpoint=GET%20/elsewhere")).toBe(0);
  expect(await find(`service=cart&to=${(t0 + 300_000_000_000n) / 1_000_000n}`)).toBe(0);
  const { status, body } = await api.get("/api/v1/regressions?version=1");
  expect([status, body.field]).toEqual([400, "version"]);
});

test("versions are compared by root-cause too", async () => {
  const { body } = await api.post("/api/v1/root-cause", {
    service: "cart",
    endpoint: "GET /cart",
    slow: { version: "1.10.0" },
    baseline: { version: "1.9.0" },
  });
  expect(body).toMatchObject({ slow: { spans: 60 }, baseline: { spans: 60 } });
  expect(body.sentence).toMatch(/^Version 1\.10\.0 is 2\d\d ms over version 1\.9\.0: /);
});
