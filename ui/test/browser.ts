import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/** Chromium from npm; it unpacks itself once into the temporary folder. */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    // The package's own list is made for lambdas: one process for everything, and no web security.
    args: ["--no-sandbox"],
    executablePath: await chromium.executablePath(),
    headless: true,
  });
}
