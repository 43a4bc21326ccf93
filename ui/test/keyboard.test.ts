// From the search to a frame of the flame graph and back, with the keyboard alone.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { open, range, withPages } from "./pages.ts";
import { traceId } from "./story.ts";

withPages();

/** Presses Tab until the focus is on what is meant. A person would too; a hundred times nobody would. */
async function tabTo(
  page: Page,
  what: string,
  isThere: (element: Element) => boolean,
  key = "Tab",
): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate(`(${isThere.toString()})(document.activeElement ?? document.body)`)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`60 tabs did not lead to ${what}`);
}

/** What is focused is in view and has a ring that can be seen. */
async function seesFocus(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return "nothing has the focus";
    const box = element.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight || box.width === 0) return "the focus is out of view";
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1 ? "" : "the focus has no ring";
  });
  expect(seen).toBe("");
}

test("a slow request is found, opened and read down to a frame without a pointer", async () => {
  const page = await open(`?${range}`);
  await page.getByText(/traces so far/).waitFor();

  // A rectangle of slow traces on the heatmap.
  await tabTo(page, "the heatmap", (element) => element.classList.contains("plot"));
  await seesFocus(page);
  for (const key of ["ArrowUp", "Shift+ArrowRight", "ArrowUp", "Enter"]) await page.keyboard.press(key);
  await page.waitForURL(/selFrom=/);
  await page.getByText(/traces? selected/).waitFor();
  await tabTo(page, "why they are slower", (element) => element.textContent === "Why are these slower?");
  await seesFocus(page);
  await tabTo(page, "its end", (element) => element.textContent.startsWith("Clear"), "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.search.includes("selFrom="));

  // Bounds of the duration, typed.
  await tabTo(
    page,
    "the shortest duration",
    (element) => (element as HTMLInputElement).ariaLabel === "Shortest, in ms",
    "Shift+Tab",
  );
  await page.keyboard.type("975");
  await page.keyboard.press("Tab");
  await page.keyboard.type("990");
  await page.keyboard.press("Enter");
  await page.waitForURL(/minMs=975&maxMs=990/);
  await page.getByRole("link", { name: traceId.slice(0, 8) }).waitFor();

  // A trace, a span, its profile.
  await tabTo(page, "a trace", (element) => element.textContent === "7c1e0f4b");
  await seesFocus(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/trace\/[0-9a-f]{32}/);
  await page.getByRole("treegrid", { name: "Spans of the trace" }).waitFor();
  await tabTo(page, "a span", (element) => element.getAttribute("role") === "row");
  await seesFocus(page);
  await page.keyboard.press("p");
  await page.waitForURL(/\/span\/[0-9a-f]{16}/);

  // A frame: walked to, acted upon, and back.
  await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();
  await tabTo(page, "the drawing", (element) => element.tagName === "CANVAS");
  await seesFocus(page);
  await page.keyboard.press("ArrowDown");
  await page.waitForURL(/at=/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/zoom=/);
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: /^Focus on function/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await seesFocus(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(/step=focus/);
  // The focus is on the drawing again; what was done stands before it.
  await tabTo(
    page,
    "undo",
    (element) => element.getAttribute("aria-label")?.startsWith("Undo focus on") === true,
    "Shift+Tab",
  );
  await seesFocus(page);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.search.includes("step="));
  await page.context().close();
});
