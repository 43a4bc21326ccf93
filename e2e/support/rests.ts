import type { Page } from "playwright-core";

/** The page asks for nothing any more: neither what its bar under the header shows, nor the ledgers of its rows. */
export async function rests(page: Page): Promise<void> {
  await page.waitForTimeout(150);
  await page.locator("header.top[data-reading]").waitFor({ state: "detached" });
}
