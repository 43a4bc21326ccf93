// What can be done with the frames of a flame graph: by mouse, by finger, by keys; and that all of it is in the address.
import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browser, open, range, span, story, withPages } from "./pages.ts";

withPages();

const grid = (page: Page) => page.getByRole("treegrid", { name: "Flame graph" });
const row = (page: Page, name: string) => grid(page).getByRole("row").filter({ hasText: name }).first();
const drawing = (page: Page) => page.getByRole("application", { name: /^Flame graph drawing/ });
const steps = (page: Page): string[] => new URL(page.url()).searchParams.getAll("step");
const pick = (page: Page, name: string | RegExp) => page.getByRole("menuitem", { name }).click();

/** Total in ms of the first row of the tree with this name. */
async function total(page: Page, name: string): Promise<number> {
  return Number((await row(page, name).getByRole("gridcell").nth(2).innerText()).replaceAll(",", ""));
}

test("transforms add up in the address, and each can be undone alone", async () => {
  const page = await open(span);
  await row(page, "JSON.parse").click({ button: "right" });
  await page.getByRole("menu", { name: "What to do with JSON.parse" }).waitFor();
  await pick(page, /^Focus on function/);
  await page.waitForURL(/step=/);
  expect(steps(page)).toEqual([expect.stringMatching(/^focus .*JSON\.parse/)]);
  const whole = await total(page, "GET /cart");
  expect(await total(page, "JSON.parse")).toBe(whole);

  await row(page, "JSON.parse").click();
  await page.keyboard.press("ArrowRight");
  await row(page, "reviveDate").click();
  await page.keyboard.press("m");
  await page.waitForURL((url) => url.searchParams.getAll("step").length === 2);
  await row(page, "reviveDate").waitFor({ state: "detached" });
  expect(await total(page, "GET /cart")).toBe(whole);

  // A reload shows the same.
  await page.reload();
  await page.getByRole("navigation", { name: "Transforms" }).waitFor();
  await page.getByRole("button", { name: "Undo focus on JSON.parse" }).click();
  await page.waitForURL((url) => url.searchParams.getAll("step").length === 1);
  expect(steps(page)[0]).toMatch(/^merge .*reviveDate/);
  await page.waitForFunction(
    (before) => !document.querySelector('[role="treegrid"]')?.textContent.includes(before),
    `GET /cart${whole}`,
  );
  await page.getByRole("button", { name: "All frames" }).click();
  await page.waitForURL((url) => !url.searchParams.has("step"));
  // One step back in the browser's history is one transform.
  await page.goBack();
  await page.waitForURL(/step=/);
  await page.context().close();
});

test.each([
  ["a span", span, "JSON.parse"],
  ["a service", `profiles?${range}&service=checkout`, "JSON.parse"],
  [
    "two versions",
    `compare?${range}&service=checkout&endpoint=GET+/cart&base=v:1.0.0&other=v:1.1.0`,
    "reviveDate",
  ],
])("a click on a frame of %s gives it the full width, in one step of the history", async (_, path, name) => {
  const page = await open(path);
  await grid(page).waitFor();
  const canvas = page.locator(".flame canvas");
  const widths = async (): Promise<readonly [frame: number, drawing: number]> => [
    (await page.locator(".flame-selected").boundingBox())?.width ?? 0,
    (await canvas.boundingBox())?.width ?? 0,
  ];
  // Selected in the tree, its frame says where it is drawn.
  await row(page, name).click();
  await page.waitForURL(/at=/);
  await page.locator("#flame-readout").filter({ hasText: name }).waitFor();
  const [narrow, all] = await widths();
  expect(narrow).toBeLessThan(all * 0.9);
  const frame = await page.locator(".flame-selected").boundingBox();
  const before = page.url();
  await page.mouse.click((frame?.x ?? 0) + narrow / 2, (frame?.y ?? 0) + (frame?.height ?? 0) / 2);
  await page.waitForURL(/zoom=/);
  await page.waitForFunction(
    () =>
      (document.querySelector(".flame-selected")?.clientWidth ?? 0) >
      0.97 * (document.querySelector(".flame canvas")?.clientWidth ?? Number.POSITIVE_INFINITY),
  );
  await page.goBack();
  await page.waitForURL(before);
  await page.context().close();
});

test("walking over frames is no step of the history; a transform is one, also where it ends the selection", async () => {
  const page = await open(span);
  await row(page, "JSON.parse").click();
  await page.waitForURL(/at=/);
  const selected = page.url();
  await row(page, "reviveDate").click();
  await page.waitForURL((url) => url.href !== selected);
  const before = page.url();
  await page.keyboard.press("m");
  await page.waitForURL(/step=/);
  await page.goBack();
  await page.waitForURL(before);
  await page.goBack();
  await page.waitForURL("about:blank");
  await page.context().close();
});

test("hiding everything says so and can be taken back", async () => {
  const page = await open(`${span}?step=focus+/nobody+here.ts`);
  await page.getByText("No time is left").waitFor();
  await page.getByRole("button", { name: /^Undo focus on/ }).click();
  await drawing(page).waitFor();
  await page.context().close();
});

test("the drawing opens its menu by key and gives the focus back", async () => {
  const page = await open(span);
  await drawing(page).focus();
  await page.keyboard.press("Shift+F10");
  const menu = page.getByRole("menu");
  await menu.waitFor();
  const items = await menu.getByRole("menuitem").allInnerTexts();
  for (const words of [
    "Zoom to frame",
    "Focus on function",
    "Merge",
    "Hide",
    "Copy name",
    "Copy stack",
    "Show in table",
  ])
    expect(items.some((item) => item.startsWith(words))).toBe(true);
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Zoom to frame/);
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("CANVAS");
  // The letter does what the menu's item does.
  await page.keyboard.press("s");
  await page.waitForURL(/sandwich=/);
  await page.context().close();
});

test("name and stack are copied, innermost first, also where the tree is read backwards", async () => {
  const page = await open(span);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = async (item: string): Promise<string> => {
    await drawing(page).focus();
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name: item }).click();
    await page.getByRole("menuitem", { name: "Copied" }).waitFor();
    await page.getByRole("menu").waitFor({ state: "detached" });
    return page.evaluate(() => navigator.clipboard.readText());
  };
  expect(await copied("Copy name")).toBe("JSON.parse");
  const usual = (await copied("Copy stack")).split("\n");
  expect(usual[0]).toMatch(/^ {4}at JSON\.parse /);
  expect(usual[1]).toMatch(/^ {4}at parseCart /);
  await page.getByRole("button", { name: "Inverted" }).click();
  await row(page, "JSON.parse").click();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.locator("#flame-readout b").filter({ hasText: "parseCart" }).waitFor();
  expect((await copied("Copy stack")).split("\n")).toEqual(usual.slice(0, 2));
  await page.context().close();
});

test("a frame is shown in the table, with the focus on its row", async () => {
  const page = await open(`${span}?view=graph`);
  await drawing(page).focus();
  await page.keyboard.press("Shift+F10");
  await pick(page, /^Show in table/);
  await page.waitForURL((url) => url.searchParams.get("view") === null);
  await page.waitForFunction(() => document.activeElement?.closest("table.functions tr.sel") !== null);
  await page.context().close();
});

test("callers stand above a function, callees below, and each has its tree", async () => {
  const page = await open(span);
  await row(page, "JSON.parse").click({ button: "right" });
  await pick(page, /^Callers and callees/);
  await page.waitForURL(/sandwich=/);
  const callers = page.getByRole("region", { name: "Callers" });
  const callees = page.getByRole("region", { name: "Callees" });
  const [above, below] = await Promise.all([callers.boundingBox(), callees.boundingBox()]);
  expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThan(below?.y ?? 0);
  await callers.getByText("Callers as a tree").click();
  await callers.getByRole("treegrid", { name: "Callers" }).getByText("parseCart").first().waitFor();
  await callees.getByText("Callees as a tree").click();
  const tree = callees.getByRole("treegrid", { name: "Callees" });
  await tree.getByRole("row").nth(1).focus();
  await page.keyboard.press("ArrowRight");
  await tree.getByText("reviveDate").first().waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("sandwich="));
  await drawing(page).waitFor();
  await page.context().close();
});

test("callers and callees are kept in the address, have their colours explained, and are shown as is chosen", async () => {
  const page = await open(span);
  await drawing(page).focus();
  await page.keyboard.press("s");
  await page.waitForURL(/sandwich=/);
  await page.locator(".sandwich .legend").getByText("own code").waitFor();
  expect(await page.getByRole("group", { name: "Order of frames" }).count()).toBe(0);
  const callees = page.getByRole("application", { name: /^Callees drawing/ });
  await callees.focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForURL(/calleesAt=/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/calleesZoom=/);
  await page.reload();
  await page.waitForFunction(
    () =>
      (document.querySelector(".callees .flame-selected")?.clientWidth ?? 0) >
      0.97 * (document.querySelector(".callees canvas")?.clientWidth ?? Number.POSITIVE_INFINITY),
  );
  // The first Escape takes the zoom back, the second closes.
  await callees.focus();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("calleesZoom="));
  const view = page.getByRole("group", { name: "View" });
  await view.getByRole("button", { name: "Table" }).click();
  await page.getByRole("treegrid", { name: "Callers" }).waitFor();
  expect(await page.locator(".sandwich canvas").count()).toBe(0);
  await view.getByRole("button", { name: "Graph" }).click();
  await callees.waitFor();
  expect(await page.getByText("Callers as a tree").count()).toBe(0);
  await callees.focus();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("sandwich=") && !url.search.includes("callees"));
  await page.context().close();
});

test("Escape goes one zoom back", async () => {
  const page = await open(span);
  await drawing(page).focus();
  const zoom = (): string | null => new URL(page.url()).searchParams.get("zoom");
  await page.keyboard.press("ArrowUp");
  await page.waitForURL(/at=/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/zoom=/);
  const first = zoom();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("zoom") !== first);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => url.searchParams.get("zoom") === first);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("zoom"));
  await page.context().close();
});

test("the drawing ends with the last frame one can point at; the tree beside it is in view", async () => {
  const page = await open(span);
  await drawing(page).waitFor();
  const tree = await grid(page).boundingBox();
  expect(tree?.height).toBeLessThan(230);
  await page.context().close();
});

test("the inverted tree begins with the functions that took the time", async () => {
  const page = await open(span);
  await page.getByRole("button", { name: "Inverted" }).click();
  await page.waitForURL(/order=inverted/);
  const second = grid(page).getByRole("row").nth(2);
  const table = page.locator("table.functions tbody tr").first();
  const [name] = (await table.getByRole("rowheader").innerText()).split("\n");
  await second.filter({ hasText: name ?? "?" }).waitFor();
  expect(await second.getByRole("gridcell").nth(2).innerText()).toBe(
    await table.getByRole("cell").first().innerText(),
  );
  await page.context().close();
});

test("a search says how many frames it found and their share, each part of the time once", async () => {
  const page = await open(span);
  await page.getByLabel("Pattern over package, function and file").fill("reviveDate|isIsoDate");
  await page.getByText(/^\d+ frames · [\d.]+.ms · [\d.]+.% of span$/).waitFor();
  await page.getByLabel("Pattern over package, function and file").fill("nobody");
  await page.getByText("no frame").waitFor();
  await page.context().close();
});

test("the picture is saved as SVG and as PNG, with all rows and no script", async () => {
  const page = await open(span);
  const saved = async (name: RegExp): Promise<Buffer> => {
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name }).click(),
    ]);
    return readFileSync(await download.path());
  };
  const svg = (await saved(/^SVG/)).toString();
  expect(svg).toContain("JSON.parse");
  expect(svg).not.toMatch(/<script|<style/);
  const broken = await page.evaluate(
    (text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror") !== null,
    svg,
  );
  expect(broken).toBe(false);
  const png = await saved(/^PNG/);
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBe(3200);
  await page.context().close();
});

test("a finger held on a frame opens its menu and does not zoom", async () => {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  await page.goto(story.url + span);
  await drawing(page).scrollIntoViewIfNeeded();
  const box = await drawing(page).boundingBox();
  if (box === null) throw new Error("the drawing has no box");
  const at = { x: box.x + box.width / 3, y: box.y + 33 };
  const touch = await context.newCDPSession(page);
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
  await page.getByRole("menu").waitFor();
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  expect(page.url()).not.toContain("zoom=");
  await page.getByRole("menuitem", { name: /^Focus on function/ }).tap();
  await page.waitForURL(/step=focus/);
  await context.close();
});
