// The built pages in a browser, against the story.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { openBrowser } from "./browser.ts";
import { serveStory, type StoryServer, storyEnd } from "./server.ts";
import { spanId, traceId } from "./story.ts";

export let story: StoryServer;
export let browser: Browser;
export const range: string = `from=${storyEnd - 3_600_000}&to=${storyEnd}`;
export const span: string = `trace/${traceId}/span/${spanId}`;
export const cause: string = `root-cause?${range}&service=checkout&operation=GET+/cart`;

/** Of each test file that opens pages. */
export function withPages(): void {
  beforeAll(async () => {
    [story, browser] = await Promise.all([serveStory(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await story?.close();
  });
}

export async function open(
  path: string,
  options: { width?: number; dark?: boolean; base?: string } = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark === true ? "dark" : "light",
  });
  const page = await context.newPage();
  // A hang, not a measure: other suites may want the same two cores.
  page.setDefaultTimeout(60_000);
  await page.goto((options.base ?? story.url) + path);
  return page;
}

export const shows = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor();
