// The page of a span: ledger, blame, flame graph.
import { expect, test } from "vitest";
import { open, shows, span, story, withPages } from "./pages.ts";
import { spanId, traceId } from "./story.ts";

withPages();

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
  await blame.getByRole("link", { name: "All spans that this request delayed" }).waitFor();
  // With the timeline, which the links are for a moment without.
  await blame.getByText(/The span ran again at\s263\.4/).waitFor();
  const href = await blame
    .getByRole("link", { name: /^trace/ })
    .first()
    .getAttribute("href");
  expect(href).toContain("/trace/91d2a4e0");
  // At the moment of it, 51.8 to 255 ms after this span began.
  const search = new URL(href ?? "", story.url).searchParams;
  expect(Number(search.get("turnTo")) - Number(search.get("turnFrom"))).toBeCloseTo(203.2, 1);
  // The others have a line each; their doubt and their files are a hover away.
  const items = blame.getByRole("listitem");
  expect(await items.count()).toBe(3);
  expect((await items.nth(0).innerText()).replaceAll(/\s+/g, " ")).toMatch(
    /^POST \/export 191\.3 ms .* csv\.ts:88/,
  );
  expect((await items.nth(1).innerText()).replaceAll(/\s+/g, " ")).toBe(
    "Another GET /cart · /^(?:\\w+ )+(?:at|on) \\d{4}…/ 5.2 ms",
  );
  expect(await items.nth(1).getByText(/5\.2/).getAttribute("title")).toMatch(/^95 % interval 5\.0 – 5\.4/);
  expect((await items.nth(1).boundingBox())?.height).toBeLessThan(34);
  expect(await items.nth(2).locator(".cut").getAttribute("title")).toContain(
    "prom-client/lib/registry.js:212",
  );
  await page.getByRole("link", { name: "All spans that this span delayed" }).click();
  await page.waitForURL(/delayed=true/);
  await shows(page, "GET /cart delayed no other span.");
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
  // Back in the lanes one is where one was.
  await loop.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/trace\/91d2a4e0.*turnFrom=/);
  await page.context().close();
});

test("only turns of the loop lead elsewhere by a click, and say so before", async () => {
  const page = await open(span);
  const lane = (name: string) =>
    page.locator(".tl .lab", { hasText: name }).locator("xpath=following-sibling::div[1]");
  await lane("Loop turns").locator("svg").waitFor();
  // Within POST /export’s turn.
  const at = { position: { x: 200, y: 8 } };
  for (const name of ["This span", "Child spans", "Ticks"]) await lane(name).click(at);
  expect(page.url()).toContain(span);
  await lane("Loop turns").hover(at);
  await shows(page, "Click: trace 91d2a4e0 at this turn");
  expect(await lane("Loop turns").evaluate((element) => getComputedStyle(element).cursor)).toBe("pointer");
  expect(
    await page.getByText("The longest turns").evaluate((element) => element.closest(".vh") !== null),
  ).toBe(true);
  await lane("Loop turns").click(at);
  await page.waitForURL(/trace\/91d2a4e0.*turnFrom=/);
  await page.context().close();
});

test("how exact a span was seen is said in plain words to those who ask, and when it was in its trace", async () => {
  const page = await open(span);
  await page.getByText("How exact?").click();
  await shows(page, /looked at every 10\.1.ms while it worked: 93 of 97 times/);
  await shows(page, /^began 10.ms into its trace$/);
  expect(await page.locator("time").innerText()).toMatch(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d\.\d{3} /);
  await page.context().close();
});

test("a span that was not profiled says so and keeps its children", async () => {
  const page = await open(`trace/${traceId}/span/00000000000000a8`);
  await page.getByRole("heading", { name: /36.ms, not profiled: no agent on cart-store\.$/ }).waitFor();
  await page.getByRole("rowheader", { name: /pg SELECT carts/ }).waitFor();
  expect(await page.getByRole("heading", { name: "Ledger" }).count()).toBe(0);
  await page.context().close();
});

test("lost samples lead to the agents of the service", async () => {
  const page = await open("start");
  await page.route(/\/spans\/00000000000000a6\/profile/, (route) =>
    route.fulfill({ json: { state: "lost" } }),
  );
  await page.goto(`${story.url}trace/${traceId}/span/00000000000000a6`);
  await page.getByRole("link", { name: "Agents of checkout in Fleet" }).click();
  await page.waitForURL(/fleet\?service=checkout/);
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
