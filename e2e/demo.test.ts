import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import { brokerAvailable } from "@hotspan/broker";
import type { Browser, Page } from "playwright-core";
import { Profile } from "pprof-format";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser, newContext } from "./support/browser.ts";
import { type Demo, startDemo } from "./support/demo.ts";
import { until } from "./support/until.ts";
import { demoStops } from "./tour/stops.ts";
import { walk } from "./tour/walk.ts";

/** The demo's planted cause, as examples/shop/README.md states it. */
const planted = { service: "checkout", endpoint: "GET /cart/{id}", function: "parseCart" };

interface ProfileJson {
  readonly total: number;
  readonly samples: number;
  readonly frames: readonly { readonly function: string }[];
  readonly nodes: {
    readonly frame: readonly number[];
    readonly parent: readonly number[];
    readonly self: readonly number[];
    readonly total: readonly number[];
  };
}
interface Span {
  readonly spanId: string;
  readonly service: string;
  readonly kind: string;
  readonly endpoint: string | null;
  readonly durationNano: number;
  readonly instance: string | null;
  readonly profile: { readonly state: string; readonly selfSamples: number; readonly subtreeSamples: number };
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Total of a function over a tree, counted once per stack however often it recurs. */
function totalOf(profile: ProfileJson, name: string): number {
  const { frame, parent, total } = profile.nodes;
  const inside = new Uint8Array(frame.length);
  let sum = 0;
  for (let node = 0; node < frame.length; node++) {
    const above = node > 0 && inside[parent[node] ?? 0] === 1;
    const here = profile.frames[frame[node] ?? 0]?.function === name;
    if (here && !above) sum += total[node] ?? 0;
    inside[node] = here || above ? 1 : 0;
  }
  return sum;
}

describe.each([
  { door: "HTTP", flags: [] },
  { door: "a real Kafka broker", flags: ["--kafka"] },
])("a sample's way from a service over $door to a click in the browser", ({ door, flags }) => {
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let api: string;
  let slow: { traceId: string; span: Span };

  beforeAll(async () => {
    if (flags.includes("--kafka")) {
      const broker = await brokerAvailable();
      if (!broker.ok) throw new Error(`these tests need the real broker: ${broker.missing}`);
    }
    demo = await startDemo(flags);
    browser = await launchBrowser();
    page = await (await newContext(browser)).newPage();
    api = `${demo.run.url.replace(/\/$/, "")}/api/v1`;
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("response", (response) => {
      if (response.status() < 400) return;
      const what = `${response.status()} ${response.url()}`;
      // A store too busy for a moment: the page asks again when it is told to, and must end up whole.
      if (![429, 503].includes(response.status())) problems.push(what);
      response.text().then(
        (text) => console.warn(what, text, demo.logs()),
        () => undefined,
      );
    });
    page.on("request", (request) => {
      const isOurs = request.url().startsWith(demo.run.url.replace(/\/$/, ""));
      if (!isOurs && !/^(data|blob):/.test(request.url()))
        problems.push(`a request to another host: ${request.url()}`);
    });
  });
  const problems: string[] = [];
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      console.log(page.url(), problems, demo.logs(), await page.locator("body").innerText());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  it("lists slow traces with profiles within a minute of the URL", async () => {
    slow = await until("a slow span of the planted endpoint has a profile", 60_000, async () => {
      const query = `service=${planted.service}&profiled=true&minMs=250&sort=duration&limit=20`;
      const { traces } = await getJson<{ traces: { traceId: string; samples: number }[] }>(
        `${api}/traces?${query}`,
      );
      for (const { traceId } of traces) {
        const { spans } = await getJson<{ spans: Span[] }>(`${api}/traces/${traceId}`);
        const span = spans.find(
          (candidate) =>
            candidate.service === planted.service &&
            candidate.kind.toLowerCase() === "server" &&
            candidate.endpoint === planted.endpoint &&
            candidate.durationNano > 250e6 &&
            candidate.profile.state === "ready" &&
            candidate.profile.selfSamples >= 15,
        );
        if (span) return { traceId, span };
      }
      return undefined;
    });
    if (door !== "HTTP") expect(demo.run.kafka?.brokers).toMatch(/:\d+$/);
  });

  it("names the planted function in at least 80 % of that span's CPU samples", async () => {
    const url = `${api}/traces/${slow.traceId}/spans/${slow.span.spanId}/profile?scope=self&type=cpu`;
    const { state, profile } = await getJson<{ state: string; profile: ProfileJson }>(url);
    expect(state).toBe("ready");
    expect(totalOf(profile, planted.function) / profile.total).toBeGreaterThanOrEqual(0.8);
  });

  it("gives the same profile as pprof: pprof-format decodes it and go tool pprof opens it", async () => {
    const url = `${api}/traces/${slow.traceId}/spans/${slow.span.spanId}/profile?scope=self&type=cpu&format=pprof`;
    const response = await fetch(url);
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    const profile = Profile.decode(gunzipSync(bytes));
    const names = profile.function.map((fn) => profile.stringTable.strings[Number(fn.name)]);
    expect(names).toContain(planted.function);
    const folder = mkdtempSync(join(tmpdir(), "hotspan-pprof-"));
    try {
      const file = join(folder, "span.pb.gz");
      writeFileSync(file, bytes);
      const go = spawnSync("go", ["tool", "pprof", "-top", file], { encoding: "utf8" });
      if (go.error) {
        if (process.env["CI"]) throw new Error(`go tool pprof could not run: ${go.error.message}`);
        console.warn("SKIPPED: no `go` on this machine, so `go tool pprof` was not tried");
      } else {
        expect(go.stdout + go.stderr).toContain(planted.function);
        expect(go.status).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("leads a person from the first page to the flame graph of the slow span", async () => {
    await page.goto(demo.run.url);
    await page.locator(`a[href*="/trace/"]`).first().waitFor();
    await page.goto(`${demo.run.url.replace(/\/$/, "")}/trace/${slow.traceId}`);
    await page
      .getByRole("link", { name: new RegExp(`^Profile for this span.*${planted.service}`) })
      .or(page.getByRole("button", { name: new RegExp(`^Profile for this span.*${planted.service}`) }))
      .first()
      .waitFor();
    await page.locator(`a[href*="/span/${slow.span.spanId}"]`).first().click();
    await page.waitForURL(new RegExp(slow.span.spanId));
    const graph = page.getByRole("treegrid", { name: "Flame graph" });
    await graph.waitFor();
    await graph.getByText(planted.function, { exact: false }).first().waitFor();
    const canvas = page.locator("canvas").first();
    await canvas.waitFor();
    const colours = await canvas.evaluate((element) => {
      const drawn = element as HTMLCanvasElement;
      const data = drawn.getContext("2d")?.getImageData(0, 0, drawn.width, drawn.height).data ?? [];
      const seen = new Set<number>();
      for (let i = 0; i + 3 < data.length; i += 64) {
        seen.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
      }
      return seen.size;
    });
    expect(colours).toBeGreaterThan(3);
    expect(problems).toEqual([]);
  });

  // Whether a cause is among the slowest within a minute depends on the machine: a longer look, by night.
  it.runIf(door === "HTTP" && process.env["HOTSPAN_NIGHTLY"] === "1")(
    "leads from the first page to each planted cause in at most four clicks",
    async () => {
      for (const stop of demoStops) {
        const clicks = await walk(page, demo.run.url, stop, 60_000);
        console.log(`${stop.cause}: ${clicks} clicks`);
        expect(clicks).toBeLessThanOrEqual(4);
      }
    },
  );

  it("holds no serious accessibility fault on the span page", async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id),
    ).toEqual([]);
  });

  it.runIf(door === "HTTP")("tells what whole services do, and what a version changed", async () => {
    const base = demo.run.url.replace(/\/$/, "");
    await page.goto(`${base}/profiles`);
    await page.getByRole("heading", { name: /uses the most CPU: / }).waitFor();
    await page.getByRole("rowheader").getByRole("link", { name: planted.service }).click();
    await page.getByRole("heading", { name: /^checkout used .*cores?/ }).waitFor();
    await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();
    await page
      .getByRole("table", { name: /^Functions/ })
      .getByText(planted.function)
      .waitFor();

    const compared = await until("both versions of tax were profiled enough", 60_000, async () => {
      const response = await fetch(`${api}/compare`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          base: { service: "tax", version: "1.0.0", type: "cpu" },
          other: { service: "tax", version: "1.1.0", type: "cpu" },
        }),
      });
      if (!response.ok) throw new Error(await response.text());
      const { functions } = (await response.json()) as {
        functions: { function: string; delta: number; significant: boolean }[];
      };
      return functions.find((one) => one.function === "applyTax" && one.significant);
    });
    expect(compared.delta).toBeGreaterThan(0);
    await page.goto(`${base}/compare?service=tax&base=v:1.0.0&other=v:1.1.0`);
    await page.getByRole("heading", { name: /^tax uses .* more CPU per span in version 1\.1\.0/ }).waitFor();
    await page
      .getByRole("table", { name: "Functions, self ms per span" })
      .getByRole("button", { name: "applyTax" })
      .waitFor();
    await page.getByRole("link", { name: "Version 1.1.0" }).click();
    await page.getByRole("heading", { name: /^tax used .*applyTax/ }).waitFor();
  });

  it("opens the span from another tool's link", async () => {
    await page.goto(`${demo.run.url.replace(/\/$/, "")}/open/${slow.traceId}/${slow.span.spanId}`);
    await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();
  });

  it("answers the read-only user in SQL with the samples of that span", async () => {
    const { httpUrl, database, readerUser, readerPassword } = demo.run.clickhouse;
    const sql = `SELECT count() FROM ${database}.profile_samples WHERE TraceId = '${slow.traceId}' AND SpanId = '${slow.span.spanId}'`;
    const auth = `Basic ${Buffer.from(`${readerUser}:${readerPassword}`).toString("base64")}`;
    const profile = `${api}/traces/${slow.traceId}/spans/${slow.span.spanId}/profile`;
    // Ticks behind the span's end still carry its label, and may come with the next window: ask both until they agree.
    const samples = await until("SQL and the API count the same samples", 20_000, async () => {
      const response = await fetch(httpUrl, { method: "POST", body: sql, headers: { authorization: auth } });
      const counted = Number(await response.text());
      const told = (await getJson<{ profile: ProfileJson }>(profile)).profile.samples;
      return counted === told ? counted : undefined;
    });
    expect(samples).toBeGreaterThanOrEqual(slow.span.profile.selfSamples);
  });

  it("ends on Ctrl-C with exit code 0 and leaves nothing running", async () => {
    const { pids } = demo.run;
    expect(await demo.stop()).toBe(0);
    const alive = Object.entries(pids).filter(([, pid]) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    });
    expect(alive).toEqual([]);
  });
});
