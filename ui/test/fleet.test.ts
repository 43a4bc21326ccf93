// The fleet page.
import { expect, test } from "vitest";
import { open, shows, story, withPages } from "./pages.ts";
import { serveStory } from "./server.ts";

withPages();

test("what needs attention stands first, in words, with what to do about it", async () => {
  const page = await open("fleet");
  await page
    .getByRole("heading", {
      name: "8 threads in 4 services are sampled; 2 of them lose data, 1 fell silent.",
    })
    .waitFor();
  await shows(page, "Ingest keeps up: 12 records wait to be stored, the oldest for 840 ms.");
  const rows = page.getByRole("table", { name: "Agents, one row a thread" }).locator("tbody tr");
  expect(await rows.locator("th").allInnerTexts()).toEqual([
    "Loses windows",
    "Loses ticks",
    "Silent",
    "Not its turn",
    ...Array.from({ length: 5 }, () => "Sampling"),
  ]);
  const todo = page.getByRole("region", { name: "What to do" });
  expect(await todo.locator("dt").allInnerTexts()).toEqual([
    "Loses windows 1 thread",
    "Loses ticks 1 thread",
    "Silent 1 thread",
    "Dead letters 3 records",
  ]);
  expect(await page.getByRole("navigation").locator("[aria-current]").allInnerTexts()).toEqual(["Fleet"]);
  await page.context().close();
});

test("columns are sorted by keyboard, and order and filters are kept in the address", async () => {
  const page = await open("fleet");
  const head = page.getByRole("button", { name: "Coverage" });
  await head.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/sort=coverage/);
  const coverage = (): Promise<string[]> =>
    page.locator(".agents tbody tr td:nth-of-type(5)").allInnerTexts();
  expect((await coverage()).slice(0, 3)).toEqual(["73.9 %", "88.3 %", "99.9 %"]);
  expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("ascending");
  await page.keyboard.press("Enter");
  await page.waitForURL(/other=true/);
  expect((await coverage()).at(-1)).toBe("73.9 %");
  expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
  await page.getByRole("combobox", { name: "Service" }).selectOption("pricing");
  await page.waitForURL(/service=pricing/);
  await page.getByRole("heading", { name: /^2 threads in one service/ }).waitFor();
  await page.getByRole("checkbox", { name: "Needs attention" }).check();
  await page.waitForURL(/attention=true/);
  await page.reload();
  await page.locator(".agents tbody tr").first().waitFor();
  expect(await page.locator(".agents tbody tr").count()).toBe(1);
  await page.context().close();
});

test("the page is reached from every other, and leads on to the traces of a service", async () => {
  const page = await open("sql");
  await page.getByRole("navigation").getByRole("link", { name: "Fleet" }).click();
  await page.waitForURL(`${story.url}fleet`);
  await page.locator(".agents").getByRole("link", { name: "pricing" }).first().click();
  await page.waitForURL(`${story.url}?service=pricing`);
  await page.context().close();
});

test("without agents it says how to get one, and without correlators that nothing is stored", async () => {
  const fresh = await serveStory({ stage: "nothing" });
  try {
    const page = await open("fleet", { base: fresh.url });
    await page.getByRole("heading", { name: "No agent sent anything in this time." }).waitFor();
    await shows(page, "No correlator has told of itself for 30 s");
    await page.getByRole("link", { name: "First steps" }).click();
    await page.waitForURL(/start$/);
    await page.context().close();
  } finally {
    await fresh.close();
  }
});
