import type { Page } from "playwright-core";

/** The bar under the header, which says that the page still asks for something, is gone. */
export async function rests(page: Page): Promise<void> {
  await page.waitForTimeout(150);
  await page.getByRole("progressbar", { name: "Loading" }).waitFor({ state: "detached" });
}
