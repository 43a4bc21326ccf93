// Behind a reverse proxy, under a path of its own, with a token: the pages ask nobody else for anything, and the browser refuses
// nothing that they need.
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { startQueryApi, type QueryApi } from "@hotspan/query-api";
import { testStore, type TestStore } from "@hotspan/store/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser, newContext } from "./support/browser.ts";

const basePath = "/tools/hotspan";
const token = "s3cret";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const service = "cart";
const instance = "a".repeat(32);

let store: TestStore;
let api: QueryApi;
let proxy: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  store = await testStore();
  await insertTrace(store);
  api = await startQueryApi({
    port: 0,
    logLevel: "error",
    basePath,
    token,
    uiDir: fileURLToPath(new URL("../ui/dist/app", import.meta.url)),
    clickhouse: { url: store.store.httpUrl, database: store.store.database, ...store.store.reader },
    trustedProxies: ["127.0.0.1"],
  });
  proxy = reverseProxy(api.port).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  proxy?.closeAllConnections();
  proxy?.close();
  await api?.close();
  await store?.close();
});

/** Passes on what is below the path; all else is another application. */
function reverseProxy(port: number): Server {
  return createServer((incoming, answer) => {
    if (incoming.url?.startsWith(`${basePath}/`) !== true)
      return void answer.writeHead(418).end("another application");
    const { method, url, headers } = incoming;
    const onward = request(
      {
        port,
        host: "127.0.0.1",
        method,
        path: url,
        headers: { ...headers, "x-forwarded-for": "203.0.113.7" },
      },
      (from) => {
        answer.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(answer);
      },
    );
    onward.on("error", () => answer.destroy());
    answer.once("close", () => onward.destroy());
    incoming.pipe(onward);
  });
}

async function insertTrace({ writer }: TestStore): Promise<void> {
  const at = (ms: number): string =>
    new Date(Date.now() - 600_000 + ms).toISOString().replace("T", " ").replace("Z", "");
  const attributes = { "hotspan.instance": instance, "thread.id": "0", "http.route": "/cart" };
  await writer.insert({
    table: "otel_traces",
    format: "JSONEachRow",
    values: [
      { SpanId: spanId, ParentSpanId: "", SpanName: "GET /cart", SpanKind: "Server", Duration: 90_000_000 },
      {
        SpanId: "b7ad6b7169203331",
        ParentSpanId: spanId,
        SpanName: "GET",
        SpanKind: "Client",
        Duration: 20_000_000,
      },
    ].map((span, i) => ({
      ...span,
      Timestamp: at(i * 10),
      TraceId: traceId,
      ServiceName: service,
      StatusCode: "Unset",
      SpanAttributes: attributes,
    })),
  });
  const bucket = new Date(Math.floor((Date.now() - 600_000) / 600_000) * 600_000);
  const sample = {
    ServiceName: service,
    ProfileType: "wall",
    Bucket: bucket.toISOString().slice(0, 19).replace("T", " "),
    Endpoint: "GET /cart",
    TraceId: traceId,
    SpanId: spanId,
    StackHash: "7",
    Instance: instance,
    Thread: 0,
    State: "js",
    Value: "10000000",
    CpuNano: "10000000",
  };
  await writer.insert({
    table: "profile_samples",
    format: "JSONEachRow",
    values: [20, 30, 40, 50, 60].map((ms) => ({ ...sample, Timestamp: at(ms) })),
  });
  await writer.insert({
    table: "profile_traces",
    format: "JSONEachRow",
    values: [
      {
        TraceId: traceId,
        ServiceName: service,
        ProfileType: "wall",
        Bucket: sample.Bucket,
        Endpoint: sample.Endpoint,
        Instance: instance,
        Thread: 0,
        Start: at(20),
        End: at(60),
      },
    ],
  });
  await writer.insert({
    table: "profile_stacks",
    format: "JSONEachRow",
    values: [
      {
        ServiceName: service,
        StackHash: "7",
        Functions: ["parseCart", "main"],
        Files: ["src/cart.ts", "src/main.ts"],
        Lines: [3, 1],
        Packages: ["app", "app"],
        Kinds: ["app", "app"],
        LastSeen: sample.Bucket,
      },
    ],
  });
}

interface Watched {
  readonly page: Page;
  readonly elsewhere: string[];
  readonly refused: string[];
}

/** A page that keeps what it asked others for, and what its policy refused. */
async function watched(): Promise<Watched> {
  const context = await newContext(browser);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const elsewhere: string[] = [];
  const refused: string[] = [];
  page.on("request", (asked) => {
    const url = asked.url();
    if (!/^(data|blob):/.test(url) && !url.startsWith(`${origin}${basePath}/`)) elsewhere.push(url);
  });
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text());
  });
  await page.exposeFunction("tellRefused", (what: string) => refused.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const tell = (globalThis as unknown as { readonly tellRefused: (what: string) => void }).tellRefused;
      tell(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  return { page, elsewhere, refused };
}

async function giveToken(page: Page, given = token): Promise<void> {
  await page.getByLabel("Token").fill(given);
  await page.getByRole("button", { name: "Continue" }).click();
}

it("a link from another tool, in either form of hex, opens the span after its token was given", async () => {
  for (const write of [(id: string) => id, (id: string) => id.toUpperCase()]) {
    const { page, elsewhere, refused } = await watched();
    await page.goto(`${origin}${basePath}/open/${write(traceId)}/${write(spanId)}`);
    expect(page.url()).toBe(`${origin}${basePath}/trace/${traceId}/span/${spanId}`);
    await giveToken(page);
    await page.getByText("parseCart").first().waitFor();
    expect([elsewhere, refused]).toEqual([[], []]);
    await page.context().close();
  }
});

it("each page works below the path, asks nobody else, and breaks no rule of its policy", async () => {
  const { page, elsewhere, refused } = await watched();
  const go = (path: string): Promise<unknown> => page.goto(`${origin}${basePath}/${path}`);
  await go("");
  await giveToken(page, "not this one");
  await page.getByText("The token given was refused.").waitFor();
  await giveToken(page);
  await page
    .getByRole("link", { name: traceId.slice(0, 8) })
    .first()
    .click();
  await page.waitForURL(`**${basePath}/trace/${traceId}**`);
  await page.getByRole("link", { name: "Profile for this span" }).first().click();
  await page.waitForURL(`**/span/${spanId}**`);
  await page.getByText("parseCart").first().waitFor();

  await go(`open/${traceId}`);
  await page.waitForURL(`${origin}${basePath}/trace/${traceId}`);
  await page.getByText("GET /cart").first().waitFor();

  await go("sql");
  await page.getByRole("textbox", { name: "SQL statement" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT SpanName, count() AS n FROM otel_traces GROUP BY 1 ORDER BY 1");
  await page.keyboard.press("Control+Enter");
  await page.getByText("2 rows").first().waitFor();
  await page.getByRole("button", { name: "Chart" }).click();
  await page.locator(".chart-bars").waitFor();

  for (const [path, heading] of [
    ["fleet", /agents?|threads?|process/i],
    ["root-cause", /./],
    ["start", /Attach the agent/],
  ] as const) {
    await go(path);
    await page.getByRole("main").getByRole("heading", { name: heading }).first().waitFor();
  }
  expect([elsewhere, refused]).toEqual([[], []]);
  await page.context().close();
});
