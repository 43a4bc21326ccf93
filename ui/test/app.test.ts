// What belongs to no single page.
import { expect, test } from "vitest";
import { open, shows, span, withPages } from "./pages.ts";
import { cancelled, serveStory } from "./server.ts";
import { spanId, traceId } from "./story.ts";

withPages();

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
  const page = await open("sql?q=SELECT+sleep(3)");
  for (const stop of ["button", "key"] as const) {
    await page.getByRole("button", { name: "Run" }).click();
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
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("button", { name: "Chart" }).click();
  expect(await page.locator(".chart-plot polyline").count()).toBe(2);
  await shows(page, "p95_ms");
  await page.getByRole("button", { name: "Table" }).click();
  await page.getByRole("cell", { name: "2026-11-23 14:00:00" }).waitFor();
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

test("on a narrow window the name of the open view is in sight", async () => {
  const page = await open("fleet", { width: 390 });
  const views = page.getByRole("navigation", { name: "Views" });
  const current = views.locator('[aria-current="page"]');
  await current.filter({ hasText: "Fleet" }).waitFor();
  const inSight = async (): Promise<boolean> => {
    const [all, one] = [await views.boundingBox(), await current.boundingBox()];
    return all !== null && one !== null && one.x >= all.x - 1 && one.x + one.width <= all.x + all.width + 1;
  };
  await expect.poll(inSight).toBe(true);
  await page.getByRole("link", { name: "Hotspan, search" }).click();
  await current.filter({ hasText: "Search" }).waitFor();
  await expect.poll(inSight).toBe(true);
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
