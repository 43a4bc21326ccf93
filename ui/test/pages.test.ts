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
const cause = `root-cause?${range}&service=checkout&operation=GET+/cart`;

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

describe.concurrent("axe finds nothing", () => {
  const pages: readonly (readonly [name: string, path: string, text: string])[] = [
    ["search", `?${range}&minMs=620`, "traces so far"],
    ["empty search", `?${range}&service=users`, "No spans match"],
    ["trace", `trace/${traceId}?span=${spanId}&open=true`, "Where it ran"],
    ["trace of 12,000 spans", `trace/${bigTraceId}`, "12,000"],
    ["span", `${span}?highlight=Date`, "ran again at"],
    ["delayed spans", `trace/${traceId}/span/00000000000000a7?delayed=true`, "252.5"],
    ["root cause", `${cause}`, "Own code, other functions"],
    ["root cause to choose", "root-cause", "Choose a service and an operation"],
    [
      "not comparable",
      `root-cause?${range}&service=checkout&operation=redis+GET`,
      "12 slow spans, 20 needed",
    ],
    ["table view", `${span}?view=table`, "reviveDate"],
    ["no profile", `trace/${traceId}/span/00000000000000a6`, "is shorter than the sampling interval"],
    ["first run", "start", "npx hotspan run"],
    ["SQL", "sql", "Hottest functions"],
    ["unknown address", "nowhere", "no page at this address"],
  ];
  for (const [name, path, text] of pages) {
    const looks = /^(search|trace|span|root cause)$/.test(name) ? [{}, { dark: true }, { width: 390 }] : [{}];
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
  await page.getByRole("heading", { name: /^GET \/cart took 982.ms, 928 of them in checkout: / }).waitFor();
  await page.getByRole("link", { name: "Profile for this span: checkout GET /cart, 64 samples" }).click();
  await page
    .getByRole("heading", {
      name: "GET /cart took 964 ms: 546 ms JSON.parse in parseCart, 191 ms with the loop held by POST /export, 64 ms garbage collection.",
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

test("a page of traces is drawn whole, each with a bar that sums to its duration", async () => {
  const page = await open(`?${range}&service=checkout&operation=GET+/cart&minMs=620&maxMs=1400`);
  await shows(page, "50 traces so far");
  expect(await page.locator("table.traces tbody tr.go").count()).toBe(50);
  const wrong = await page.evaluate(() => {
    const rows = [...document.querySelectorAll("table.traces tbody tr.go")].map((row) => ({
      ms: Number(row.querySelector("td.num b")?.textContent.replaceAll(",", "")),
      width: [...row.querySelectorAll(".mini > i")].reduce(
        (sum, part) => sum + part.getBoundingClientRect().width,
        0,
      ),
    }));
    const scale = (rows[0]?.width ?? 0) / (rows[0]?.ms ?? 1);
    return rows.filter((row) => Math.abs(row.width - row.ms * scale) > 2);
  });
  expect(wrong).toEqual([]);
  await page.context().close();
});

test("a selection on the heatmap becomes the slow side of a root cause", async () => {
  const page = await open(`?${range}&service=checkout&operation=GET+/cart&minMs=620&maxMs=1400`);
  await page.getByRole("link", { name: "Why are these slower?" }).click();
  await page.waitForURL(/root-cause\?.*slow=620-1400ms/);
  await page
    .getByRole("heading", { name: /^p95 is 812 ms over the median: 540 ms JSON.parse in parseCart/ })
    .waitFor();
  const table = page.getByRole("table", { name: "Contributions to the excess" });
  expect(await table.getByRole("row").nth(1).innerText()).toContain("+540.0");
  await table
    .getByRole("link", { name: /^Example trace/ })
    .first()
    .click();
  await page.waitForURL(/trace\/[0-9a-f]{32}/);
  await page.goBack();
  await page.getByRole("combobox", { name: /^Slow/ }).selectOption("p99");
  await page.waitForURL(/slow=p99/);
  await page.reload();
  expect(await page.getByRole("combobox", { name: /^Slow/ }).inputValue()).toBe("p99");
  await page.getByRole("button", { name: "Edit the bounds of Baseline" }).click();
  await page.getByLabel("Longest, ms").fill("200");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/baseline=-200ms/);
  await page.context().close();
});

test("differences of a root cause sum to the excess", async () => {
  const page = await open(cause);
  const table = page.getByRole("table", { name: "Contributions to the excess" });
  await table.waitFor();
  const rows = await table.locator("tbody tr td:nth-of-type(5)").allInnerTexts();
  const sum = rows.map((text) => Number(text.replace("−", "-"))).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(812, 0);
  expect(await table.locator("tfoot td:nth-of-type(5)").innerText()).toBe("+812.0");
  await page.context().close();
});

test("a root cause that cannot be computed says so in words", async () => {
  const page = await open(`root-cause?${range}&service=checkout&operation=POST+/checkout`);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toContain("query_timeout");
  await page.goto(`${story.url}root-cause?${range}&service=checkout&operation=redis+GET`);
  await page.getByRole("heading", { name: "Not comparable: 12 slow spans, 20 needed." }).waitFor();
  await page.context().close();
});

test("a range that data covers in part can be fitted to it, in the address", async () => {
  const page = await open(`?${range}&service=pricing`);
  await page.getByRole("button", { name: /^Fit to data/ }).click();
  await page.waitForURL((url) => Number(url.searchParams.get("from")) > storyEnd - 900_000);
  await page.getByRole("button", { name: /^Fit to data/ }).waitFor({ state: "detached" });
  await page.context().close();
});

test("texts of an axis do not overlap, whatever the width and the zoom", async () => {
  const page = await open(`trace/${traceId}`);
  for (const [width, query] of [
    [1280, ""],
    [760, ""],
    [1280, "?from=0&to=990.4"],
    [1000, "?from=12.3&to=12.9"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${story.url}trace/${traceId}${query}`);
    await page.locator(".wf-head .axis span").first().waitFor();
    const boxes = await page
      .locator(".wf-head .axis span")
      .evaluateAll((spans) =>
        spans.map((one) => one.getBoundingClientRect()).map(({ left, right }) => ({ left, right })),
      );
    const sorted = boxes.toSorted((a, b) => a.left - b.left);
    sorted.forEach((box, i) => i > 0 && expect(box.left).toBeGreaterThan(sorted[i - 1]?.right ?? 0));
  }
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
  await shows(page, "50 traces so far");
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

test("bars of the waterfall show their ledger, asked for row by row and a few at a time; services are one switch away", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  let open = 0;
  let most = 0;
  const asked: string[] = [];
  await page.route(/\/timeline/, async (route) => {
    asked.push(route.request().url());
    most = Math.max(most, ++open);
    await new Promise((later) => setTimeout(later, 60));
    open--;
    await route.continue();
  });
  await page.goto(`${story.url}trace/${bigTraceId}`);
  await page.locator(".wf .seg.c").first().waitFor();
  await page.waitForTimeout(300);
  expect(most).toBeLessThanOrEqual(4);
  expect(asked.length).toBeLessThan(60);
  await page.goto(`${story.url}trace/${traceId}`);
  await shows(page, /answered after 40.ms, then the loop was held by POST \/export for 191.ms/);
  const row = page.getByRole("row", { name: /checkout GET \/cart/ });
  expect(await row.innerText()).toContain("own code 598.2");
  await page.getByRole("button", { name: "Service", exact: true }).click();
  await page.waitForURL(/colour=service/);
  expect(await page.locator(".wf .seg.c").count()).toBe(0);
  await page.context().close();
});

test("the ledger of a span sums to its duration, with a doubt beside each number", async () => {
  const page = await open(span);
  const table = page.getByRole("table", { name: "Ledger of the span" });
  await table.waitFor();
  const cells = (column: number): Promise<string[]> =>
    table.locator(`tbody tr:not(.part) td:nth-of-type(${column})`).allInnerTexts();
  const sum = (await cells(1)).map(Number).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(964, 0);
  expect(await table.locator("tfoot td").first().innerText()).toBe("964.0");
  for (const text of await cells(4)) expect(text).toMatch(/^[\d.,]+ – [\d.,]+$/);
  await table.getByRole("row", { name: /Garbage collection/ }).hover();
  await page.locator(".ledger.lit [data-c='gc'].on").waitFor();
  await shows(page, "blocked in a synchronous call; stalled: ready, but given no CPU");
  await page.context().close();
});

test("blame leads to the one who held the loop and to all it delayed", async () => {
  const page = await open(span);
  const blame = page.getByRole("region", { name: "Who held the loop" });
  await blame.getByRole("link", { name: "All spans POST /export delayed" }).waitFor();
  const href = await blame
    .getByRole("link", { name: /^trace/ })
    .first()
    .getAttribute("href");
  expect(href).toContain("/trace/91d2a4e0");
  expect(await blame.innerText()).toContain("The span ran again at 263.4");
  await page.getByRole("link", { name: "Whom did this span hold up?" }).click();
  await page.waitForURL(/delayed=true/);
  await shows(page, "GET /cart held up no other span.");
  await page.getByRole("button", { name: "Close" }).click();
  await page.waitForURL((url) => !url.search.includes("delayed"));
  await page.context().close();
});

test("the loop’s turns are walked by keyboard and told in words; a table holds them too", async () => {
  const page = await open(span);
  const loop = page.getByRole("application", { name: /^Loop timeline\. The longest turns: POST \/export/ });
  await loop.focus();
  await page.keyboard.press("ArrowRight");
  await shows(page, /From 0\.0.ms: this span · route, a turn of 4\.6.ms\./);
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
  await shows(page, /From 51\.8.ms: POST \/export · buildCsv, a turn of 203\.2.ms\./);
  await page.getByText("15 turns as a table").click();
  const table = page.getByRole("table", { name: /Turns of the loop/ });
  expect(await table.getByRole("row").count()).toBe(16);
  await loop.focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/trace\/91d2a4e0/);
  await page.context().close();
});

test("a span that was not profiled says so and keeps its children", async () => {
  const page = await open(`trace/${traceId}/span/00000000000000a8`);
  await page.getByRole("heading", { name: /36.ms, not profiled: no agent on cart-store\.$/ }).waitFor();
  await page.getByRole("rowheader", { name: /pg SELECT carts/ }).waitFor();
  expect(await page.getByRole("heading", { name: "Ledger" }).count()).toBe(0);
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
  await grid.waitFor();
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
