// Pictures of every page for people to look at: node test/shots.ts FOLDER [name…]
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { openBrowser } from "./browser.ts";
import { serveStory, storyEnd } from "./server.ts";
import { bigTraceId, spanId, traceId } from "./story.ts";

const [folder = "/tmp/hotspan-shots", ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const range = `from=${storyEnd - 3_600_000}&to=${storyEnd}`;
const span = `trace/${traceId}/span/${spanId}`;
interface Shot {
  readonly path: string;
  readonly stage?: "nothing" | "spans";
  /** What is done there before the picture. */
  readonly act?: (page: Page) => Promise<void>;
}
const pages: Readonly<Record<string, Shot>> = {
  search: { path: `?${range}` },
  selected: {
    path: `?${range}&service=checkout&operation=GET+/cart&minMs=620&maxMs=1400&selFrom=${storyEnd - 2_340_000}&selTo=${storyEnd}`,
  },
  nothing: { path: `?${range}&service=users&minMs=5000` },
  failed: { path: `?${range}&service=checkout&operation=POST+/checkout` },
  trace: { path: `trace/${traceId}` },
  open: { path: `trace/${traceId}?span=${spanId}&open=true` },
  big: { path: `trace/${bigTraceId}` },
  missing: { path: `trace/${"0".repeat(32)}` },
  span: { path: `${span}?highlight=%5BdD%5Date` },
  graph: { path: `trace/${bigTraceId}/span/0000000000000001?view=graph` },
  table: { path: `${span}?view=table` },
  refused: { path: `${span}?focus=(?%3Dx)` },
  short: { path: `trace/${traceId}/span/00000000000000a6` },
  service: { path: `trace/${traceId}?colour=service` },
  delayed: { path: `trace/${traceId}/span/00000000000000a7?delayed=true` },
  cause: {
    path: `root-cause?${range}&service=checkout&operation=GET+/cart&slow=620-1400ms,t:${storyEnd - 2_340_000}-${storyEnd}`,
  },
  chooses: { path: `root-cause?${range}` },
  few: { path: `root-cause?${range}&service=checkout&operation=redis+GET` },
  profiles: { path: `profiles?${range}&service=checkout` },
  part: {
    path: `profiles?${range}&service=checkout&endpoint=GET+/cart&split=instance&selFrom=${storyEnd - 2_340_000}&selTo=${storyEnd - 1_200_000}&version=1.1.0`,
  },
  services: { path: `profiles?${range}` },
  "profiles-nothing": { path: `profiles?${range}&service=users` },
  "profiles-failed": { path: `profiles?${range}&service=pricing` },
  compare: { path: `compare?${range}&service=checkout&endpoint=GET+/cart&base=v:1.0.0&other=v:1.1.0` },
  "compare-shares": {
    path: `compare?${range}&service=checkout&base=v:1.0.0&other=v:1.1.0&per=share`,
  },
  "compare-choose": { path: `compare?${range}&service=checkout` },
  "compare-what": { path: `compare?${range}` },
  "compare-alike": { path: `compare?${range}&service=web&base=v:1.0.0&other=v:1.1.0` },
  "compare-none": { path: `compare?${range}&service=users&base=v:1.0.0&other=v:1.1.0` },
  "compare-not": { path: `compare?${range}&service=cart-store&base=v:1.0.0&other=v:1.1.0` },
  callers: { path: `profiles?${range}&service=checkout&sandwich=/JSON.parse%20` },
  sql: { path: "sql" },
  "sql-chart": {
    path: "sql?q=SELECT+toStartOfMinute(Timestamp)+AS+time",
    act: async (page) => {
      await page.getByRole("button", { name: "Chart" }).click();
    },
  },
  fleet: { path: "fleet" },
  "fleet-nothing": { path: "fleet", stage: "nothing" },
  start: { path: "", stage: "nothing" },
  waiting: { path: "start", stage: "spans" },
};

const story = await serveStory();
const browser = await openBrowser();
try {
  for (const [name, { path, stage, act }] of Object.entries(pages)) {
    if (names.length > 0 && !names.includes(name)) continue;
    story.options.stage = stage ?? "all";
    for (const [suffix, width, scheme] of [
      ["", 1280, "light"],
      ["-dark", 1280, "dark"],
      ["-390", 390, "light"],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
      page.on("console", (message) => message.type() === "error" && console.log(name, message.text()));
      page.on("pageerror", (error) => console.log(name, String(error)));
      await page.goto(story.url + path);
      await act?.(page);
      // Nothing is read any more.
      await page.locator("header.top[data-reading]").waitFor({ state: "detached" });
      await page.waitForTimeout(900);
      await page.screenshot({ path: `${folder}/${name}${suffix}.png`, fullPage: name !== "big" });
      await page.close();
    }
  }
} finally {
  await browser.close();
  await story.close();
}
