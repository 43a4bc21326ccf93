// The root-cause page.
import { expect, test } from "vitest";
import { cause, open, range, story, withPages } from "./pages.ts";

withPages();

test("a selection on the heatmap becomes the slow side of a root cause", async () => {
  const page = await open(`?${range}&service=checkout&operation=GET+/cart&minMs=620&maxMs=1400`);
  await page.getByRole("link", { name: "Why are these slower?" }).click();
  await page.waitForURL(/root-cause\?.*slow=620-1400ms/);
  await page
    .getByRole("heading", { name: /^p95 is 812 ms over the median: 540 ms JSON.parse in parseCart/ })
    .waitFor();
  const table = page.getByRole("table", { name: "Contributions to the excess" });
  expect(await table.getByRole("row").nth(1).innerText()).toContain("+540.0");
  await table
    .getByRole("link", { name: /^Example trace/ })
    .first()
    .click();
  await page.waitForURL(/trace\/[0-9a-f]{32}/);
  await page.goBack();
  await page.getByRole("combobox", { name: /^Slow/ }).selectOption("p99");
  await page.waitForURL(/slow=p99/);
  await page.reload();
  expect(await page.getByRole("combobox", { name: /^Slow/ }).inputValue()).toBe("p99");
  await page.getByRole("button", { name: "Edit the bounds of Baseline" }).click();
  await page.getByLabel("Longest, ms").fill("200");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/baseline=-200ms/);
  await page.context().close();
});

test("differences of a root cause sum to the excess", async () => {
  const page = await open(cause);
  const table = page.getByRole("table", { name: "Contributions to the excess" });
  await table.waitFor();
  const rows = await table.locator("tbody tr td:nth-of-type(5)").allInnerTexts();
  const sum = rows.map((text) => Number(text.replace("−", "-"))).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(812, 0);
  expect(await table.locator("tfoot td:nth-of-type(5)").innerText()).toBe("+812.0");
  await page.context().close();
});

test("a root cause that cannot be computed says so in words", async () => {
  const page = await open(`root-cause?${range}&service=checkout&operation=POST+/checkout`);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toContain("query_timeout");
  await page.goto(`${story.url}root-cause?${range}&service=checkout&operation=redis+GET`);
  await page.getByRole("heading", { name: "Not comparable: 12 slow spans, 20 needed." }).waitFor();
  await page.context().close();
});
