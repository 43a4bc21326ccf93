// Takes the pictures of docs/images/ from a running demo: node --conditions=hotspan-source e2e/screenshots.ts [URL] [FOLDER]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser, newContext } from "./support/browser.ts";
import { startDemo } from "./support/demo.ts";
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

const browser = await launchBrowser();
const shot = async (page: Page, name: string): Promise<void> => {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  console.log(join(folder, `${name}.png`));
};
for (const [suffix, options] of [
  ["", {}],
  ["-dark", { colorScheme: "dark" }],
  ["-390", { width: 390, height: 844 }],
] as const) {
  const page = await (await newContext(browser, options)).newPage();
  await page.goto(`${url}/`);
  await shot(page, `search${suffix}`);
  await page.goto(`${url}/trace/${traceId}`);
  await shot(page, `trace${suffix}`);
  await page.goto(`${url}/trace/${traceId}/span/${spanId}`);
  await shot(page, `span${suffix}`);
  await page.context().close();
}
await browser.close();
await demo?.stop();
