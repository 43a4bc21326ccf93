// Who may ask for what, how often, and what nobody is told.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createToken, revokeToken, type Scope, SCOPES } from "@hotspan/access";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryApiConfig } from "@hotspan/query-api";
import { startApi, type TestApi } from "./support/api.ts";
import { type Story, writeStory } from "./support/story.ts";

let store: TestStore;
let story: Story;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-tokens-"));
  store = await testStore();
  story = await writeStory(store);
});
afterAll(async () => {
  await store?.close();
  rmSync(folder, { recursive: true });
});

async function withApi(config: Partial<QueryApiConfig>, use: (api: TestApi) => Promise<void>): Promise<void> {
  const api = await startApi(store, config);
  try {
    await use(api);
  } finally {
    await api.close();
  }
}

const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });

describe("tokens", () => {
  test("each scope lets through what it says, and the others are told which one is needed", async () => {
    const tokensFile = join(folder, "scopes.json");
    const secrets = Object.fromEntries(
      SCOPES.map((scope) => [
        scope,
        createToken(tokensFile, { name: `only-${scope}`, scopes: [scope] }).secret,
      ]),
    ) as Record<Scope, string>;
    await withApi({ tokensFile }, async (api) => {
      const ask: Record<string, (secret: string) => Promise<{ status: number; body: { detail: string } }>> = {
        read: (secret) => api.get("/api/v1/services", bearer(secret)),
        sql: (secret) => api.post("/api/v1/sql", { query: "SELECT 1" }, bearer(secret)),
        "read or sql": (secret) => api.get("/api/v1/schema", bearer(secret)),
      };
      for (const [needed, send] of Object.entries(ask))
        for (const scope of SCOPES) {
          const { status, body } = await send(secrets[scope]);
          if (needed.split(" or ").includes(scope)) expect(status, `${scope} for ${needed}`).toBe(200);
          else {
            expect(status, `${scope} for ${needed}`).toBe(403);
            expect(body.detail).toBe(
              `This needs a token with the scope ${needed}; the token only-${scope} has ${scope}.`,
            );
          }
        }
      const refused = await api.get("/api/v1/services", bearer(secrets.ingest));
      expect(refused.headers.get("www-authenticate")).toBe(
        'Bearer realm="hotspan", error="insufficient_scope", scope="read"',
      );
      expect(refused.body.code).toBe("forbidden");
      const missing = await api.get("/api/v1/services");
      expect([missing.status, missing.body.code]).toEqual([401, "unauthorized"]);
      for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json"])
        expect((await api.get(path)).status, path).toBe(200);
    });
  });

  test("a token counts from when it is made until it is revoked, without a restart", async () => {
    const tokensFile = join(folder, "later.json");
    await withApi({ tokensFile }, async (api) => {
      expect((await api.get("/api/v1/services")).status).toBe(200);
      const { secret } = createToken(tokensFile, { name: "a", scopes: ["read"] });
      await expect
        .poll(async () => (await api.get("/api/v1/services")).status, { timeout: 30_000 })
        .toBe(401);
      expect((await api.get("/api/v1/services", bearer(secret))).status).toBe(200);
      revokeToken(tokensFile, "a");
      await expect
        .poll(async () => (await api.get("/api/v1/services", bearer(secret))).status, { timeout: 30_000 })
        .toBe(401);
      expect((await api.get("/api/v1/services")).status).toBe(401);
    });
  });
});

describe("limits", () => {
  test("one sender's are not another's, and 429 says when to come again", async () => {
    const tokensFile = join(folder, "limits.json");
    const [one, other] = ["one", "other"].map(
      (name) => createToken(tokensFile, { name, scopes: ["read", "sql"] }).secret,
    ) as [string, string];
    const limits = { perMinute: 6, heavyPerMinute: 2 };
    await withApi({ tokensFile, limits }, async (api) => {
      const statement = (secret: string) => api.post("/api/v1/sql", { query: "SELECT 1" }, bearer(secret));
      const statuses: number[] = [];
      for (let i = 0; i < 3; i++) statuses.push((await statement(one)).status);
      for (let i = 0; i < 4; i++) statuses.push((await api.get("/api/v1/services", bearer(one))).status);
      expect(statuses).toEqual([200, 200, 429, 200, 200, 200, 429]);
      const refused = await statement(one);
      expect(refused.body.code).toBe("rate_limited");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await statement(other)).status).toBe(200);
      expect((await api.get("/healthz", bearer(one))).status).toBe(200);
    });
  });

  test("who tries tokens is held up, who has one is not", async () => {
    await withApi({ token: "s3cret", limits: { perMinute: 0, heavyPerMinute: 0 } }, async (api) => {
      const tries = await Promise.all(
        Array.from({ length: 62 }, (_, i) => api.get("/api/v1/services", bearer(`guess-${i}`))),
      );
      expect(tries.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(2);
      expect((await api.get("/api/v1/services", bearer("s3cret"))).status).toBe(200);
    });
  });

  test("on loopback there are none, unless they are set", async () => {
    await withApi({}, async (api) => {
      // More than a minute allows elsewhere; not more at once than may wait.
      for (let i = 0; i < 5; i++) {
        const answers = await Promise.all(
          Array.from({ length: 30 }, () => api.post("/api/v1/sql", { query: "x" })),
        );
        expect(answers.map(({ status }) => status)).not.toContain(429);
      }
    });
  });

  test("heavy queries wait for each other, and give their place back when they end or are given up", async () => {
    await withApi({ limits: { heavyAtOnce: 1 } }, async (api) => {
      const long = {
        query: "SELECT count() FROM numbers(1e13) WHERE halfMD5(number) = 7",
        timeoutMs: 30_000,
      };
      const running = async (): Promise<string | undefined> =>
        (
          await store.rows<{ n: string }>(
            "SELECT count() AS n FROM system.processes WHERE query LIKE '%halfMD5%' AND query NOT LIKE '%system.processes%'",
          )
        )[0]?.n;
      for (const accept of ["application/json", "text/event-stream"]) {
        const gone = new AbortController();
        const first = fetch(`${api.url}/api/v1/sql`, {
          method: "POST",
          headers: { "content-type": "application/json", accept },
          body: JSON.stringify(long),
          signal: gone.signal,
        })
          .then((answer) => answer.text())
          .catch((error: unknown) => error);
        await expect.poll(running, { timeout: 30_000 }).toBe("1");
        const order: string[] = [];
        const second = api.post("/api/v1/sql", { query: "SELECT 2" }).then((answer) => {
          order.push("second");
          return answer;
        });
        // Others are answered meanwhile.
        for (let i = 0; i < 5; i++) expect((await api.get("/api/v1/services")).status).toBe(200);
        order.push("first is given up");
        gone.abort();
        await first;
        expect((await second).body.rows).toEqual([[2]]);
        expect(order).toEqual(["first is given up", "second"]);
      }
      expect((await api.post("/api/v1/sql", { query: "SELEC" })).status).toBe(400);
      expect((await api.post("/api/v1/sql", { query: "SELECT 3" })).status).toBe(200);
    });
  });
});

test("searches wait for each other, and not for heavy queries", async () => {
  await withApi({ limits: { heavyAtOnce: 1, searchesAtOnce: 1 } }, async (api) => {
    const gone = new AbortController();
    const heavy = fetch(`${api.url}/api/v1/sql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "SELECT sleepEachRow(3) FROM numbers(5) SETTINGS max_block_size = 1" }),
      signal: gone.signal,
    }).catch((error: unknown) => error);
    const paths = ["/api/v1/traces", "/api/v1/latency-heatmap", "/api/v1/traces?sort=duration"];
    const answers = await Promise.all([...paths, ...paths].map((path) => api.get(path)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    gone.abort();
    await heavy;
  });
});

describe("redaction", () => {
  const redact = ["user.*", "http.route", "service.version", "status.message"];
  const text = async (api: TestApi, path: string): Promise<string> =>
    JSON.stringify((await api.get(path)).body);

  test("no answer shows a hidden value, and its key is still there", async () => {
    await withApi({}, async (api) => {
      expect(await text(api, `/api/v1/traces/${story.traceId}`)).toContain('"user.tier":"gold"');
    });
    await withApi({ redact }, async (api) => {
      const { body } = await api.get(`/api/v1/traces/${story.traceId}`);
      const shown = JSON.stringify(body);
      expect(shown).toContain('"user.tier":"[redacted]"');
      expect(shown).not.toContain("gold");
      expect(shown).toContain('"service.version":"[redacted]"');
    });
  });

  test("nothing is found by a hidden value, in no list and no profile", async () => {
    await withApi({ redact }, async (api) => {
      const asked = [
        await api.get("/api/v1/traces?attr=user.tier:gold"),
        await api.get("/api/v1/traces?attr=http.route:/cart&attr=x:y"),
        await api.get("/api/v1/traces?attr=USER.TIER:gold"),
        await api.get("/api/v1/latency-heatmap?attr=user.tier:gold"),
        await api.get("/api/v1/profiles?label=user.id:4711"),
        await api.get("/api/v1/profiles/series?label=user.id:4711"),
        await api.get("/api/v1/profiles/top?label=user.id:4711"),
        await api.post("/api/v1/compare", {
          base: { service: "web", label: "user.id:4711" },
          other: { service: "web" },
        }),
        await api.post("/api/v1/compare", {
          base: { service: "web" },
          other: { service: "web", label: ["a:b", "user.id:4711"] },
        }),
      ];
      for (const { status, body } of asked) {
        expect([status, body.code]).toEqual([403, "forbidden"]);
        expect(body.detail).toMatch(/is redacted here/);
      }
      expect((await api.get("/api/v1/traces?attr=cart.items:5000")).status).toBe(200);
    });
  });

  test("statements are refused, unless an account runs them that cannot read attributes", async () => {
    const statement = { query: "SELECT SpanAttributes['user.tier'] FROM otel_traces" };
    await withApi({ redact }, async (api) => {
      const { status, body } = await api.post("/api/v1/sql", { query: "SELECT 1" });
      expect([status, body.code]).toEqual([403, "forbidden"]);
      expect(body.detail).toContain("HOTSPAN_CLICKHOUSE_SQL_USER");
    });
    await withApi({ redact, sqlAccount: store.store.sql }, async (api) => {
      const refused = await api.post("/api/v1/sql", statement);
      expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
      const spans = await api.post("/api/v1/sql", { query: "SELECT count() > 0 FROM otel_traces" });
      expect(spans.body.rows).toEqual([[1]]);
    });
    await withApi({}, async (api) => {
      expect((await api.post("/api/v1/sql", statement)).body.rows.flat()).toContain("gold");
    });
  });
});
