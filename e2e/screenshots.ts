// Takes the pictures of docs/images/ from a running demo: node --conditions=hotspan-source e2e/screenshots.ts [URL] [FOLDER]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser, newContext } from "./support/browser.ts";
import { startDemo } from "./support/demo.ts";
import { rests } from "./support/rests.ts";
import { until } from "./support/until.ts";

const [given, folder = new URL("../docs/images", import.meta.url).pathname] = process.argv.slice(2);
const demo = given === undefined ? await startDemo() : undefined;
const url = (given ?? demo?.run.url ?? "").replace(/\/$/, "");
mkdirSync(folder, { recursive: true });

/** A slow span with many samples of its own. */
const { traceId, spanId } = await until("a slow span with a profile", 90_000, async () => {
  const search = await fetch(`${url}/api/v1/traces?profiled=true&minMs=250&sort=duration&limit=50`);
  const { traces } = (await search.json()) as { traces: { traceId: string; samples: number }[] };
  if (traces.length < 5) return undefined;
  for (const trace of traces.filter((candidate) => candidate.samples >= 20)) {
    const answer = await fetch(`${url}/api/v1/traces/${trace.traceId}`);
    const { spans } = (await answer.json()) as {
      spans: { spanId: string; profile: { selfSamples: number } }[];
    };
    const span = spans.find((candidate) => candidate.profile.selfSamples >= 20);
    if (span) return { traceId: trace.traceId, spanId: span.spanId };
  }
  return undefined;
});

/** A page and, where its address does not say it all, what is done there before the picture. */
interface View {
  readonly name: string;
  readonly path: string;
  readonly ready?: (page: Page) => Promise<void>;
}

const flameGraph = (page: Page): Promise<void> =>
  page.getByRole("treegrid", { name: "Flame graph" }).waitFor();

// An hour would be empty for the most part: the demo has run for minutes.
const views: readonly View[] = [
  {
    name: "search",
    path: "",
    ready: (page) => page.getByRole("navigation", { name: "Endpoints whose requests differ most" }).waitFor(),
  },
  { name: "trace", path: `trace/${traceId}` },
  { name: "span", path: `trace/${traceId}/span/${spanId}` },
  { name: "services", path: "profiles?range=15m" },
  { name: "profiles", path: "profiles?service=checkout&range=15m&split=endpoint", ready: flameGraph },
  {
    name: "callers",
    path: "profiles?service=checkout&range=15m",
    ready: async (page) => {
      await flameGraph(page);
      await page.getByRole("treegrid").getByRole("row").filter({ hasText: "parseCart" }).first().click();
      await page.keyboard.press("s");
      await page.getByRole("region", { name: "Callees" }).waitFor();
    },
  },
  {
    name: "compare",
    path: "compare?service=tax&range=15m&base=v:1.0.0&other=v:1.1.0",
    ready: flameGraph,
  },
  {
    name: "sql",
    path: "sql",
    ready: async (page) => {
      await page.getByRole("button", { name: "CPU over time" }).click();
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.getByRole("button", { name: "Chart" }).click();
    },
  },
];

/** Below it a page goes on in tables. */
const mostHeight = 1700;

const browser = await launchBrowser();
for (const [suffix, options] of [
  ["", {}],
  ["-dark", { colorScheme: "dark" }],
  ["-390", { width: 390, height: 844 }],
] as const) {
  const page = await (await newContext(browser, options)).newPage();
  for (const { name, path, ready } of views) {
    await page.goto(`${url}/${path}`);
    await ready?.(page);
    await rests(page);
    const file = join(folder, `${name}${suffix}.png`);
    const { width, height } = await page.evaluate(() => ({
      width: document.documentElement.clientWidth,
      height: document.documentElement.scrollHeight,
    }));
    const clip = { x: 0, y: 0, width, height: Math.min(height, mostHeight) };
    await page.screenshot({ path: file, fullPage: true, clip });
    console.log(file);
  }
  await page.context().close();
}
await browser.close();
await demo?.stop();
