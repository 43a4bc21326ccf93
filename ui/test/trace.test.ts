// The waterfall.
import { expect, test } from "vitest";
import { browser, open, shows, story, withPages } from "./pages.ts";
import { bigTraceId, traceId } from "./story.ts";

withPages();

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

test("keys act before anything has the focus, and not while a field has it", async () => {
  const page = await open(`trace/${traceId}`);
  const selected = page.locator('.wf [role="row"][aria-selected="true"]');
  await selected.filter({ hasText: "checkout GET /cart" }).waitFor();
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
  await page.keyboard.press("f");
  await selected.filter({ hasText: "redis GET" }).waitFor();
  await page.getByPlaceholder("operation, service, attribute").focus();
  await page.keyboard.type("bf");
  await page.waitForURL(/find=bf/);
  await selected.filter({ hasText: "redis GET" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Waterfall" }).click();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.waitFor();
  await page.keyboard.press("f");
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "detached" });
  await selected.filter({ hasText: "redis GET" }).waitFor();
  await page.context().close();
});

test("going back undoes a zoom and an opened span, not each fold", async () => {
  const page = await open(`trace/${traceId}`);
  await page.locator('.wf [aria-selected="true"]').waitFor();
  await page.keyboard.press("w");
  await page.waitForURL(/to=/);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/fold=/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/open=true/);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("open=") && url.search.includes("fold="));
  await page.goBack();
  await page.waitForURL((url) => url.search === "");
  await page.context().close();
});

test("the legend names the classes in view, each with its words", async () => {
  const page = await open(`trace/${traceId}`);
  await page.locator(".wf .seg.c-gc").first().waitFor();
  const legend = page.locator(".note.key");
  await legend.getByTitle("Garbage collection", { exact: true }).waitFor();
  expect(await legend.innerText()).not.toMatch(/stalled|blocked/);
  await page.context().close();
});

test("a note that has no room beside its bar stands in its held segment, else under the selected row", async () => {
  // 4 bars of the story reach over most of the lane once one looks at a part of it.
  const page = await open(`trace/${traceId}?span=00000000000000a7&from=20&to=290`);
  const note = page.getByRole("row", { name: /GET cart-store/ }).locator(".ann");
  await note.waitFor();
  expect(await note.getAttribute("class")).toContain("inside");
  expect(await note.innerText()).toMatch(/^held by POST \/export, 191.ms$/);
  await page.setViewportSize({ width: 720, height: 900 });
  await page.locator(".wf-row.sel .ann.below").waitFor();
  expect((await page.locator(".wf-row.sel").boundingBox())?.height).toBeGreaterThan(40);
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
  await shows(page, "6.6 ms is shorter than the sampling interval of 10.1 ms.");
  await page.getByRole("link", { name: "All redis GET spans together" }).waitFor();
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
