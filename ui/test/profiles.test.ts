// The profiles of services: what they say, and the way from all of them to one function.
import { expect, test } from "vitest";
import { open, range, shows, story, withPages } from "./pages.ts";
import { storyInstances } from "./profiles-story.ts";
import { storyEnd } from "./server.ts";
import { traceId } from "./story.ts";

withPages();

test("without a service it says who uses most, and one click leads into each", async () => {
  const page = await open(`profiles?${range}`);
  await page
    .getByRole("heading", { name: "checkout uses the most CPU: 0.43 cores of 0.62 cores." })
    .waitFor();
  const table = page.getByRole("table", { name: "By service, the largest first" });
  expect(await table.getByRole("rowheader").allInnerTexts()).toEqual(["checkout", "web", "pricing", "users"]);
  const shares = await table.locator("tbody td:nth-of-type(3)").allInnerTexts();
  expect(shares.map((text) => Number.parseFloat(text)).reduce((a, b) => a + b)).toBeCloseTo(100, 0);
  await table.getByRole("link", { name: "checkout" }).click();
  await page.waitForURL(/profiles\?.*service=checkout/);
  await page
    .getByRole("heading", { name: "checkout used 0.26 cores: 83 % of it under JSON.parse in parseCart." })
    .waitFor();
  expect(await page.getByRole("navigation").locator("[aria-current]").allInnerTexts()).toEqual(["Profiles"]);
  await page.context().close();
});

test("a part of the time is picked by pointer and by keyboard, and kept in the address", async () => {
  const page = await open(`profiles?${range}&service=checkout`);
  const chart = page.getByRole("application", { name: /^cores in use over time, 120 steps/ });
  const box = await chart.boundingBox();
  if (box === null) throw new Error("the chart has no box");
  await page.mouse.move(box.x + box.width * 0.501, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.749, box.y + 50, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/selFrom=/);
  const picked = new URL(page.url()).searchParams;
  expect([picked.get("selFrom"), picked.get("selTo")]).toEqual([
    String(storyEnd - 1_800_000),
    String(storyEnd - 900_000),
  ]);
  await shows(page, "14:30:00 – 14:45:00 UTC");
  // The same time in a quarter of the range is four times the cores.
  await page.getByRole("heading", { name: /^checkout used 1 core: / }).waitFor();
  await chart.focus();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("selFrom"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/selFrom=\d+&selTo=\d+/);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.waitForURL((url) => !url.search.includes("selFrom"));
  expect(Number(new URL(page.url()).searchParams.get("from"))).toBeGreaterThan(storyEnd - 3_600_000);
  await page.context().close();
});

test("samples are narrowed by chips and by the lines of a split; a wrong one is said at the field", async () => {
  const page = await open(`profiles?${range}&service=checkout`);
  await page.getByRole("combobox", { name: "Split by" }).selectOption("instance");
  const table = page.getByRole("table", { name: "By instance, the largest first" });
  await table.getByRole("link", { name: storyInstances[1].slice(0, 8) }).click();
  await page.waitForURL(new RegExp(`instance=${storyInstances[1]}`));
  await page.getByRole("button", { name: `Drop instance ${storyInstances[1].slice(0, 8)}` }).click();
  await page.waitForURL((url) => !url.search.includes("instance="));
  await page.getByRole("combobox", { name: "Narrow by" }).selectOption("label");
  const value = page.getByRole("combobox", { name: "Narrow to this label" });
  await value.fill("acme");
  await value.press("Enter");
  await page.getByRole("alert").filter({ hasText: "key:value" }).waitFor();
  await value.fill("tenant:acme");
  await value.press("Enter");
  await page.waitForURL(/label=tenant:acme/);
  await page.getByRole("combobox", { name: "Type" }).selectOption("heap_inuse");
  await page.getByRole("heading", { name: "Memory belongs to no request" }).waitFor();
  await page.getByRole("button", { name: "Drop them" }).click();
  await page.waitForURL((url) => !url.search.includes("label="));
  await page.context().close();
});

test("a profile is read as icicle, flame, inverted, and by callers and callees; the tree is its equal", async () => {
  const page = await open(`profiles?${range}&service=checkout`);
  const grid = page.getByRole("treegrid", { name: "Flame graph" });
  await grid.waitFor();
  // An hour's sums are seconds.
  expect(await grid.getByRole("columnheader").allInnerTexts()).toEqual([
    "Function",
    "Self, s",
    "Total, s",
    "Of all",
  ]);
  const order = page.getByRole("group", { name: "Order of frames" });
  await order.getByRole("button", { name: "Inverted" }).click();
  await page.waitForURL(/order=inverted/);
  await grid.locator('[role="row"][aria-level="2"]').filter({ hasText: "JSON.parse" }).waitFor();
  await order.getByRole("button", { name: "Flame" }).click();
  await page.waitForURL(/order=flame/);
  await grid.locator('[role="row"][aria-level="2"]').filter({ hasText: "processTicks" }).waitFor();
  await page.getByRole("application", { name: /^Flame graph drawing/ }).focus();
  // Selected at first is where most of the time went.
  await page.keyboard.press("s");
  await page.waitForURL(/sandwich=/);
  await page.getByText("Callers as a tree").click();
  await page.getByRole("treegrid", { name: "Callers" }).getByText("parseCart").first().waitFor();
  await page.getByText("Callees as a tree").click();
  await page.getByRole("treegrid", { name: "Callees" }).getByText("reviveDate").first().waitFor();
  await page.context().close();
});

test("the export has the selection, its time and its filters", async () => {
  const page = await open(`profiles?${range}&service=checkout&endpoint=GET+/cart&version=1.1.0&hide=express`);
  await page.getByRole("button", { name: "Export" }).click();
  const href = await page.getByRole("link", { name: /speedscope/ }).getAttribute("href");
  const url = new URL(href ?? "");
  expect(url.pathname).toBe("/api/v1/profiles");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    service: "checkout",
    endpoint: "GET /cart",
    version: "1.1.0",
    type: "cpu",
    from: String(storyEnd - 3_600_000),
    to: String(storyEnd),
    hide: "express",
    format: "speedscope",
  });
  await page.context().close();
});

test("no samples, a refused pattern and a failure are each said in words, with what to do", async () => {
  const page = await open(`profiles?${range}&service=users`);
  await page.getByRole("heading", { name: "users was seen using no CPU." }).waitFor();
  await page.getByRole("button", { name: "Wall time" }).click();
  await page.waitForURL(/type=wall/);
  await page.getByRole("heading", { name: "No samples in this time" }).waitFor();

  await page.goto(`${story.url}profiles?${range}&service=checkout`);
  const pattern = page.getByLabel("Pattern over package, function and file");
  await pattern.fill("(?=x)");
  await pattern.press("Enter");
  await page.getByText("RE2 knows no lookahead").waitFor();
  await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();

  await page.goto(`${story.url}profiles?${range}&service=pricing`);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toContain("query_timeout");
  // Only its own panel fails.
  await page.getByRole("application", { name: /over time/ }).waitFor();

  await page.goto(`${story.url}profiles?${range}&service=web`);
  await shows(page, "the smallest frames are folded into “other”");
  await page.context().close();
});

test("a span too short to be sampled leads to the profile of all like it", async () => {
  const page = await open(`trace/${traceId}/span/00000000000000a6`);
  await page.getByRole("link", { name: "All redis GET spans together" }).click();
  await page.waitForURL(/profiles\?service=checkout&operation=redis\+GET&type=wall/);
  await page.getByRole("heading", { name: /^redis GET spent .* in code/ }).waitFor();
  await page.context().close();
});
