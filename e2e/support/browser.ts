import chromium from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium as playwright } from "playwright-core";

// Defaults of the package that are meant for a serverless function: in a single process the browser dies with its first
// context, and without web security a page is not held to its Content-Security-Policy as it is at a user's.
const unwanted: ReadonlySet<string> = new Set([
  "--single-process",
  "--disable-web-security",
  "--allow-running-insecure-content",
]);

/** Chromium from npm: nothing is downloaded, and no system package is needed. It unpacks once into the temp folder. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const args = chromium.args.filter((arg) => !unwanted.has(arg));
  return await playwright.launch({ executablePath, headless: true, args });
}

/** The sandboxed default locale of the machine may be `en-US@posix`, which Intl refuses: name one. */
export async function newContext(
  browser: Browser,
  options: {
    readonly width?: number;
    readonly height?: number;
    readonly colorScheme?: "light" | "dark";
  } = {},
): Promise<BrowserContext> {
  return await browser.newContext({
    locale: "en-US",
    timezoneId: "UTC",
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    colorScheme: options.colorScheme ?? "light",
    reducedMotion: "reduce",
  });
}
