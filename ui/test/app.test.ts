// What belongs to no single page.
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { open, range, shows, span, story, withPages } from "./pages.ts";
import { cancelled, serveStory } from "./server.ts";
import { spanId, traceId } from "./story.ts";

withPages();

const hasFocus = (element: Locator): Promise<void> =>
  expect.poll(() => element.evaluate((one) => one.matches(":focus")), { timeout: 10_000 }).toBe(true);

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

test("a long statement says how far it is, and is cancelled by a button or Esc", async () => {
  // A link runs its statement.
  const page = await open("sql?q=SELECT+sleep(3)");
  for (const stop of ["button", "key"] as const) {
    if (stop === "key") await page.getByRole("button", { name: "Run" }).click();
    await shows(page, "42,000 rows read");
    expect(await page.getByRole("progressbar", { name: "Rows read" }).getAttribute("value")).toBe("42000");
    const before = cancelled.length;
    if (stop === "button") await page.getByRole("button", { name: "Cancel" }).click();
    else {
      await page.getByRole("textbox", { name: "SQL statement" }).click();
      await page.keyboard.press("Escape");
    }
    await shows(page, "Cancelled: the database has stopped the query.");
    await expect.poll(() => cancelled.length).toBe(before + 1);
  }
  await page.context().close();
});

test("a result over time or of names is drawn as well", async () => {
  const page = await open("sql?q=SELECT+toStartOfMinute(Timestamp)+AS+time");
  await page.getByRole("button", { name: "Chart" }).click();
  expect(await page.locator(".chart-plot polyline").count()).toBe(2);
  await shows(page, "p95_ms");
  // Names of values stand beside the plot, in which all of the lines lie.
  const plot = await page.locator(".chart-plot svg").boundingBox();
  for (const label of await page.locator(".chart-lines .ys span").all()) {
    const box = await label.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(plot?.x ?? 0);
  }
  const highest = await page
    .locator(".chart-plot polyline")
    .evaluateAll((lines) =>
      Math.min(...lines.flatMap((line) => [...(line as SVGPolylineElement).points].map((point) => point.y))),
    );
  expect(highest).toBeGreaterThan(0);
  // How it is shown is kept in the address.
  await page.waitForURL(/view=chart/);
  await page.reload();
  await page.locator(".chart-plot polyline").first().waitFor();
  await page.getByRole("button", { name: "Table" }).click();
  await page.getByRole("cell", { name: "2026-11-23 14:00:00" }).waitFor();
  expect(page.url()).not.toContain("view=");
  await page.context().close();
});

test("the way back finds the statement that was run before, and what was typed and not run", async () => {
  const page = await open("sql?q=SELECT+1");
  const editor = page.getByRole("textbox", { name: "SQL statement" });
  const says = (text: string): Promise<void> => editor.filter({ hasText: new RegExp(`^${text}$`) }).waitFor();
  const write = async (text: string): Promise<void> => {
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
  };
  await shows(page, "500 rows");
  await write("SELECT 2");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/q=SELECT\+2/);
  await write("SELECT 3");
  // Kept while one pauses.
  await page.waitForFunction(() => (history.state as { sqlText?: string }).sqlText === "SELECT 3");
  await page.getByRole("link", { name: "Fleet" }).click();
  await page.getByRole("search", { name: "Filter agents" }).waitFor();
  await page.goBack();
  await says("SELECT 3");
  expect(page.url()).toContain("q=SELECT+2");
  // What it says was not run: no result stands under it.
  expect(await page.getByText("500 rows").count()).toBe(0);
  await page.goBack();
  await says("SELECT 1");
  await shows(page, "500 rows");
  await page.context().close();
});

test("a statement is saved under a name, renamed and deleted", async () => {
  const page = await open("sql?q=SELECT+7");
  await shows(page, "500 rows");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByLabel("Name").fill("Sevens");
  await page.getByRole("button", { name: "Save the statement" }).click();
  const saved = page.getByRole("button", { name: "Sevens", exact: true });
  await saved.waitFor();
  await page.goto(`${story.url}sql`);
  await saved.click();
  await page.getByRole("textbox", { name: "SQL statement" }).filter({ hasText: "SELECT 7" }).waitFor();
  await page.getByRole("button", { name: "Rename or delete Sevens" }).click();
  const sheet = await page.locator(".recipes .sheet").boundingBox();
  expect(sheet?.x).toBeGreaterThanOrEqual(0);
  await page.getByLabel("Name").fill("Eights");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Rename or delete Eights" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("heading", { name: "Saved" }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("heading", { name: "Recipes" }).waitFor();
  expect(await page.getByRole("heading", { name: "Saved" }).count()).toBe(0);
  // Views stand before tables, and Hotspan's own books are folded away.
  expect(await page.getByRole("heading", { level: 2 }).allInnerTexts()).toEqual([
    "Recipes",
    "Views",
    "Tables",
  ]);
  expect(await page.getByText("deletion_jobs").isVisible()).toBe(false);
  await page.getByText("Hotspan’s own books").click();
  expect(await page.getByText("deletion_jobs").isVisible()).toBe(true);
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

test("on a narrow window the views are in a menu, beside the name of the one that is open", async () => {
  const page = await open("fleet", { width: 390 });
  const here = page.locator(".views .here");
  await here.filter({ hasText: "Fleet" }).waitFor();
  const menu = page.getByRole("button", { name: "Menu" });
  const views = page.getByRole("navigation", { name: "Views" });
  expect(await views.count()).toBe(0);
  expect(await menu.getAttribute("aria-expanded")).toBe("false");
  // By keyboard: opened, walked through, closed by Escape, which gives the focus back.
  await menu.focus();
  await page.keyboard.press("Enter");
  expect(await menu.getAttribute("aria-expanded")).toBe("true");
  expect(await views.getByRole("link").allInnerTexts()).toEqual([
    "Search",
    "Profiles",
    "Compare",
    "Root cause",
    "SQL",
    "Fleet",
  ]);
  await page.keyboard.press("Tab");
  await hasFocus(views.getByRole("link", { name: "Search" }));
  await page.keyboard.press("Escape");
  await views.waitFor({ state: "hidden" });
  await hasFocus(menu);
  // Every name is whole, and leads there.
  await menu.click();
  for (const link of await views.getByRole("link").all()) {
    const box = await link.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 390)).toBeLessThanOrEqual(390);
  }
  await views.getByRole("link", { name: "Root cause" }).click();
  await page.waitForURL(/\/root-cause/);
  await here.filter({ hasText: "Root cause" }).waitFor();
  await views.waitFor({ state: "hidden" });
  await menu.click();
  await page.mouse.click(200, 700);
  await views.waitFor({ state: "hidden" });
  await page.context().close();
});

test("from a trace one comes back to the search, and on to other views with its service and its time", async () => {
  const page = await open(`?minMs=975&maxMs=990&${range}`);
  const searched = new URL(page.url()).search;
  await page.getByRole("link", { name: traceId.slice(0, 8) }).click();
  await page.waitForURL(/\/trace\//);
  const address = (link: Locator): Promise<string> =>
    link.evaluate((one) => (one as HTMLAnchorElement).search);
  const views = page.getByRole("navigation", { name: "Views" });
  const crumb = page.getByRole("list", { name: "Where you are" });
  for (const path of [`trace/${traceId}`, span]) {
    // A reload keeps it too.
    await page.goto(`${story.url}${path}`);
    expect(await address(page.getByRole("link", { name: "Hotspan, search" }))).toBe(searched);
    expect(await address(views.getByRole("link", { name: "Search" }))).toBe(searched);
    expect(await address(crumb.getByRole("link", { name: "Search" }))).toBe(searched);
  }
  for (const name of ["Profiles", "Root cause"]) {
    await expect
      .poll(() => address(views.getByRole("link", { name })))
      .toMatch(/^\?service=checkout&from=\d+&to=\d+$/);
    const query = new URLSearchParams(await address(views.getByRole("link", { name })));
    expect(Number(query.get("to")) - Number(query.get("from"))).toBe(3_600_000);
  }
  await crumb.getByRole("link", { name: "Search" }).click();
  await shows(page, traceId.slice(0, 8));
  expect(new URL(page.url()).search).toBe(searched);
  // There, the brand begins anew.
  await page.getByRole("link", { name: "Hotspan, search" }).click();
  await page.waitForURL((url) => url.search === "");
  await page.context().close();
});

test("a shared server is named where programs are to send to, and either way to attach is offered", async () => {
  const page = await open("start");
  await shows(page, "Listening for spans and samples on http://127.0.0.1:4318");
  const commands = (): Promise<string[]> => page.getByRole("textbox", { name: "Command" }).allInnerTexts();
  for (const way of ["@hotspan/agent/register", "@hotspan/agent/auto"])
    expect(
      (await commands()).filter((text) => text.includes(way) && text.includes("http://127.0.0.1:4318")),
    ).toHaveLength(1);
  await page.context().close();
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
