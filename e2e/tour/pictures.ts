// Takes the pictures of docs/tour.md: node --conditions=hotspan-source e2e/tour/pictures.ts [URL of a running demo] [FOLDER]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser, newContext } from "../support/browser.ts";
import { startDemo } from "../support/demo.ts";
import { rests } from "../support/rests.ts";
import { demoStops } from "./stops.ts";
import { walk } from "./walk.ts";

const [given, folder = new URL("../../docs/images", import.meta.url).pathname] = process.argv.slice(2);
const demo = given === undefined ? await startDemo() : undefined;
const url = given ?? demo?.run.url ?? "";
mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
const page = await (await newContext(browser)).newPage();
const both = async (name: string): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(folder, `tour-${name}${colorScheme === "dark" ? "-dark" : ""}.png`) });
  }
  await page.emulateMedia({ colorScheme: "light" });
};
for (const stop of demoStops) {
  const clicks = await walk(page, url, stop, 180_000);
  console.log(stop.cause, clicks, await page.locator("h1").innerText());
  await both(stop.cause);
}
await page.goto(url);
await page.getByRole("navigation", { name: "Endpoints whose requests differ most" }).waitFor();
await rests(page);
await both("first");
await browser.close();
await demo?.stop();
