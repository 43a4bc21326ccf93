// The long form: every cause of the shop that makes a request slow, each planted for a minute and a half in a store of its own.
// demo.test.ts walks to those that the demo plants by itself, all at once.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runApp } from "../rootcause/apps.ts";
import { launchBrowser, newContext } from "../support/browser.ts";
import { type Demo, startUp } from "../support/demo.ts";
import { allStops } from "./stops.ts";
import { walk } from "./walk.ts";

describe.runIf(process.env["HOTSPAN_NIGHTLY"] === "1")("from the first page to each planted cause", () => {
  let up: Demo;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    page = await (await newContext(browser)).newPage();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    up = await startUp();
  });
  afterEach(() => up?.stop());

  it.each(allStops.map((stop) => ({ stop, cause: stop.cause })))(
    "$cause takes at most four clicks",
    async ({ stop }) => {
      await runApp(up, {
        app: "shop",
        causes: [stop.cause],
        focus: [stop.cause],
        seconds: 90,
        rate: 15,
        seed: 1,
      });
      expect(await walk(page, up.run.url, stop, 120_000)).toBeLessThanOrEqual(4);
    },
    300_000,
  );
});
