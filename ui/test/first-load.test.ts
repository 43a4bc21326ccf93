// The size that is limited is that of what a browser really loads first.
import { expect, test } from "vitest";
import { browser, range, shows, story, withPages } from "./pages.ts";

withPages();

test("all scripts and styles of the first page are counted", async () => {
  const page = await browser.newPage();
  const asked = new Set<string>();
  page.on("request", (request) => {
    if (/\.(js|css)$/.test(request.url())) asked.add(request.url().slice(story.url.length));
  });
  await page.goto(`${story.url}?${range}`);
  await shows(page, "traces so far");
  const name = "../.size-limit.js";
  const { default: limits } = (await import(name)) as {
    default: readonly { readonly path: readonly string[]; readonly limit: string }[];
  };
  const counted = limits[0]?.path.map((path) => path.replace("dist/app/", "")) ?? [];
  expect([...asked].toSorted()).toEqual(counted.filter((path) => path !== "index.html").toSorted());
  expect(limits[0]?.limit).toBe("250 kB");
  await page.close();
});
