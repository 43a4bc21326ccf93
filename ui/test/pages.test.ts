// The built pages in a browser, against the story: what they say, that they work by keyboard, that axe finds
// nothing, and that they ask nobody else.
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { serveStory, type StoryServer, storyEnd } from "./server.ts";
import { bigTraceId, spanId, traceId } from "./story.ts";

let story: StoryServer;
let browser: Browser;
const range = `from=${storyEnd - 3_600_000}&to=${storyEnd}`;
const span = `trace/${traceId}/span/${spanId}`;

beforeAll(async () => {
  [story, browser] = await Promise.all([serveStory(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await story?.close();
});

async function open(
  path: string,
  options: { width?: number; dark?: boolean; base?: string } = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark === true ? "dark" : "light",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto((options.base ?? story.url) + path);
  return page;
}

const shows = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

describe("axe finds nothing", () => {
  const pages: readonly (readonly [name: string, path: string, text: string])[] = [
    ["search", `?${range}&minMs=620`, "traces so far"],
    ["empty search", `?${range}&service=users`, "No spans match"],
    ["trace", `trace/${traceId}?span=${spanId}&open=true`, "Where it ran"],
    ["trace of 12,000 spans", `trace/${bigTraceId}`, "12,000"],
    ["span", `${span}?highlight=Date`, "JSON.parse in parseCart"],
    ["table view", `${span}?view=table`, "reviveDate"],
    ["no profile", `trace/${traceId}/span/00000000000000a6`, "is shorter than the sampling interval"],
    ["first run", "start", "npx hotspan run"],
    ["SQL", "sql", "Hottest functions"],
    ["unknown address", "nowhere", "no page at this address"],
  ];
  for (const [name, path, text] of pages) {
    const looks = /^(search|trace|span)$/.test(name) ? [{}, { dark: true }, { width: 390 }] : [{}];
    for (const look of looks) {
      test(`${name}${"dark" in look ? ", dark" : "width" in look ? ", 390 px" : ""}`, async () => {
        const page = await open(path, look);
        await shows(page, text);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes
                .map((node) => node.html)
                .join(" | ")
                .slice(0, 400)}`,
          ),
        ).toEqual([]);
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(sideways).toBeLessThanOrEqual(0);
        await page.context().close();
      });
    }
  }
});

test("a search leads to a trace and on to the profile of its span, and no request leaves the server", async () => {
  const page = await open(`?${range}&minMs=975&maxMs=990`);
  const elsewhere: string[] = [];
  const refused: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(story.url)) elsewhere.push(request.url());
  });
  page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
  await page.getByRole("link", { name: traceId.slice(0, 8) }).click();
  await page.getByRole("heading", { name: "GET /cart took 982 ms, 928 of them in checkout." }).waitFor();
  await page.getByRole("link", { name: "Profile for this span: checkout GET /cart, 64 samples" }).click();
  await page
    .getByRole("heading", {
      name: "GET /cart took 964 ms: 546 ms JSON.parse in parseCart, 64 ms garbage collection.",
    })
    .waitFor();
  expect(elsewhere).toEqual([]);
  expect(refused).toEqual([]);
  await page.context().close();
});

test("the rectangle drawn on the heatmap becomes durations and a time range, and Escape clears it", async () => {
  const page = await open(`?${range}`);
  await shows(page, "traces so far");
  const plot = page.getByRole("application", { name: /Latency heatmap/ });
  const box = await plot.boundingBox();
  if (box === null) throw new Error("the heatmap has no box");
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.35);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.15, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/minMs=\d+&maxMs=\d+/);
  const url = new URL(page.url());
  expect(Number(url.searchParams.get("selFrom"))).toBe(storyEnd - 1_800_000);
  const least = Number(url.searchParams.get("minMs"));
  expect(await page.getByLabel("Shortest, in ms").inputValue()).toBe(String(least));
  await shows(page, /traces selected/);

  await plot.focus();
  await page.keyboard.press("Escape");
  await page.waitForURL((next) => !next.search.includes("minMs"));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Shift+ArrowRight");
  await shows(page, /traces selected/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/selFrom=/);
  await page.context().close();
});

test("an empty search names the filter to drop and drops it", async () => {
  const page = await open(`?${range}&service=users&profiled=true`);
  await shows(page, "No spans match");
  await page.getByRole("button", { name: "Drop service users" }).click();
  await shows(page, "traces so far");
  expect(page.url()).not.toContain("service=");
  expect(page.url()).toContain("profiled=true");
  await page.context().close();
});

test("scrolling the results loads the following pages", async () => {
  const page = await open(`?${range}`);
  await shows(page, "100 traces so far");
  for (let i = 0; i < 30 && (await page.getByText("430 traces, all shown").count()) === 0; i++) {
    await page.mouse.wheel(0, 3000);
    await page.waitForTimeout(100);
  }
  await shows(page, "430 traces, all shown");
  expect(await page.locator("table.traces tbody tr.go").count()).toBeLessThan(100);
  await page.context().close();
});

test("a request that fails replaces its panel only, and can be tried again", async () => {
  const page = await open(`?${range}&service=checkout&operation=POST+/checkout`);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const text = await alert.innerText();
  expect(text).toContain("query_timeout");
  expect(text).toContain("req-7f3ac2");
  await alert.getByRole("button", { name: "Try again" }).waitFor();
  await shows(page, /median/);
  await page.context().close();
});

test("the waterfall is walked, folded and opened by keyboard, with its state in the address", async () => {
  const page = await open(`trace/${traceId}`);
  const grid = page.getByRole("treegrid", { name: "Spans of the trace" });
  const selected = grid.locator('[role="row"][aria-selected="true"]');
  await selected.filter({ hasText: "checkout GET /cart" }).waitFor();
  await selected.focus();
  await page.keyboard.press("ArrowDown");
  await selected.filter({ hasText: "redis GET" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-selected") === "true");
  await page.keyboard.press("b");
  await selected.filter({ hasText: "checkout GET /cart" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-selected") === "true");
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/fold=b6f10c2d94ea7715/);
  expect(await grid.getByRole("row").count()).toBe(8);
  await page.keyboard.press("Enter");
  await shows(page, "Where it ran");
  await page.keyboard.press("]");
  await selected.filter({ hasText: "pg SELECT carts" }).waitFor();
  await page.keyboard.press("w");
  await page.waitForURL(/to=/);
  await page.reload();
  await selected.filter({ hasText: "pg SELECT carts" }).waitFor();
  await page.keyboard.press("Tab");
  await page.context().close();
});

test("every row of the waterfall has a link named Profile for this span", async () => {
  const page = await open(`trace/${traceId}`);
  await page
    .getByRole("link", { name: /^Profile for this span/ })
    .first()
    .waitFor();
  expect(await page.getByRole("link", { name: /^Profile for this span: / }).count()).toBe(16);
  expect(await page.getByText("Profile for this span", { exact: true }).count()).toBeGreaterThan(0);
  await page.getByRole("link", { name: "Profile for this span: checkout redis GET, too short" }).click();
  await shows(page, "6.6 ms is shorter than the sampling interval.");
  await page.getByRole("button", { name: "All redis GET spans together" }).click();
  await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();
  await page.context().close();
});

test("a trace of 12,000 spans draws a screenful of rows and reaches the last by one key", async () => {
  const page = await open(`trace/${bigTraceId}`);
  const grid = page.getByRole("treegrid", { name: "Spans of the trace" });
  await grid.locator('[aria-selected="true"]').focus();
  expect(await grid.getByRole("row").count()).toBeLessThan(120);
  await page.keyboard.press("End");
  await grid.locator('[aria-rowindex="12001"][aria-selected="true"]').waitFor();
  await page.context().close();
});

test("a link to a span deep in a long trace shows it, and Tab finds the rows wherever they are scrolled", async () => {
  const page = await open(`trace/${bigTraceId}?span=0000000000001388`);
  const grid = page.getByRole("treegrid", { name: "Spans of the trace" });
  const selected = grid.locator('[aria-selected="true"]');
  await selected.waitFor();
  const box = await selected.boundingBox();
  expect(box !== null && box.y > 0 && box.y < 900).toBe(true);
  await page.evaluate(() => scrollTo(0, 0));
  await selected.waitFor({ state: "detached" });
  expect(await grid.locator('[role="row"][tabindex="0"]').count()).toBe(1);
  await page.context().close();
});

test("the flame graph’s tree works by keyboard and shares its selection and zoom with the drawing", async () => {
  const page = await open(span);
  const grid = page.getByRole("treegrid", { name: "Flame graph" });
  expect(await grid.getByRole("columnheader").allInnerTexts()).toEqual([
    "Function",
    "Self, ms",
    "Total, ms",
    "Of span",
  ]);
  const selected = grid.locator('[role="row"][aria-selected="true"]');
  await selected.filter({ hasText: "JSON.parse" }).focus();
  await page.keyboard.press("ArrowDown");
  await selected.filter({ hasText: "reviveDate" }).waitFor();
  expect(await selected.getAttribute("aria-expanded")).toBe("false");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-selected") === "true");
  await page.keyboard.press("ArrowRight");
  await grid.getByRole("row").filter({ hasText: "isIsoDate" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/zoom=/);
  await page.locator("#flame-readout").filter({ hasText: "reviveDate" }).waitFor();
  const drawing = page.getByRole("application", { name: /Flame graph drawing/ });
  await drawing.focus();
  await page.keyboard.press("ArrowDown");
  await page.locator("#flame-readout").filter({ hasText: "isIsoDate" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("zoom="));
  await page.context().close();
});

test("filters become chips; a pattern that cannot be read is said at the field and keeps the picture", async () => {
  const page = await open(span);
  const pattern = page.getByLabel("Pattern over package, function and file");
  await page.getByLabel("Kind of filter").selectOption("highlight");
  await pattern.fill("[dD]ate");
  await pattern.press("Enter");
  await page.waitForURL(/highlight=/);
  await shows(page, "316.8 ms");
  await pattern.fill("(");
  await pattern.press("Enter");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Kind of filter").selectOption("focus");
  await pattern.fill("(?=x)");
  await pattern.press("Enter");
  await page.getByText("RE2 knows no lookahead").waitFor();
  await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();
  await page.getByRole("button", { name: "Remove focus (?=x)" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await page.context().close();
});

test("the export menu links to the API with the filters in force", async () => {
  const page = await open(`${span}?hide=express&scope=subtree`);
  await page.getByRole("button", { name: "Export" }).click();
  const href = await page.getByRole("link", { name: /pprof/ }).getAttribute("href");
  const url = new URL(href ?? "");
  expect(url.pathname).toBe(`/api/v1/traces/${traceId}/spans/${spanId}/profile`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    scope: "subtree",
    hide: "express",
    format: "pprof",
  });
  await page.context().close();
});

test("a statement is run by keyboard, kept in the address, and its rows are drawn as far as they are seen", async () => {
  const page = await open("sql");
  const refused: string[] = [];
  page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
  const editor = page.getByRole("textbox", { name: "SQL statement" });
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT SpanName FROM otel_traces");
  await page.keyboard.press("Control+Enter");
  await shows(page, "500 rows");
  expect(new URL(page.url()).searchParams.get("q")).toBe("SELECT SpanName FROM otel_traces");
  await page.getByRole("cell", { name: "9000000000000001" }).waitFor();
  expect(await page.getByRole("region", { name: "Result" }).getByRole("row").count()).toBeLessThan(80);
  expect(await page.getByRole("navigation").locator("[aria-current]").allInnerTexts()).toEqual(["SQL"]);
  // CodeMirror sets the tab size in a style attribute, which this policy ignores; nothing else is refused.
  expect(refused.filter((text) => !text.startsWith("Applying inline style"))).toEqual([]);
  await page.context().close();
});

test("the first run follows the data and opens the first profiled span", async () => {
  const fresh = await serveStory({ stage: "nothing" });
  try {
    const page = await open("", { base: fresh.url });
    await page.getByRole("heading", { name: "No spans yet. Attach the agent." }).waitFor();
    fresh.options.stage = "spans";
    await page.getByRole("heading", { name: "Spans arrive. Waiting for the first samples." }).waitFor();
    fresh.options.stage = "all";
    await page.waitForURL(/\/span\//);
    await page.context().close();
  } finally {
    await fresh.close();
  }
});

test("one build works under any path", async () => {
  const below = await serveStory({ base: "/tools/hotspan/" });
  try {
    const page = await open(span, { base: below.url });
    await shows(page, "JSON.parse in parseCart");
    await page.getByRole("link", { name: /^Trace/ }).click();
    await page.waitForURL(`${below.url}trace/${traceId}?span=${spanId}`);
    await shows(page, "928");
    await page.context().close();
  } finally {
    await below.close();
  }
});

test("the theme can be chosen and is kept", async () => {
  const page = await open("start");
  const background = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("button", { name: "Dark" }).click();
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await background()).toBe(dark);
  await page.context().close();
});
