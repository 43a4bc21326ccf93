// What belongs to no single page.
import { expect, test } from "vitest";
import { open, shows, span, withPages } from "./pages.ts";
import { serveStory } from "./server.ts";
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
