// Two profiles compared: the ways there, what it says, and the way back to either side.
import { expect, test } from "vitest";
import { cause, open, range, shows, story, withPages } from "./pages.ts";

withPages();

const versions = `compare?${range}&service=checkout&endpoint=GET+/cart&base=v:1.0.0&other=v:1.1.0`;

test("a profile is compared with the version before it; its functions sum to the change", async () => {
  const page = await open(`profiles?${range}&service=checkout&endpoint=GET+/cart`);
  await page.getByRole("button", { name: "Compare with" }).click();
  await page.getByRole("link", { name: /^The version before/ }).click();
  await page.waitForURL(/compare\?.*base=v:1.0.0&other=v:1.1.0/);
  await page
    .getByRole("heading", {
      name: "GET /cart uses 93 ms more CPU per span in version 1.1.0: 81 ms of it in parseCart, which now calls reviveDate.",
    })
    .waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  const table = page.getByRole("table", { name: "Functions, self ms per span" });
  const changes = await table.locator("tbody td:nth-of-type(4)").allInnerTexts();
  const sum = changes.map((text) => Number(text.replace("−", "-"))).reduce((a, b) => a + b);
  expect(sum).toBeCloseTo(93, 1);
  expect(await table.locator("tfoot td:nth-of-type(4)").innerText()).toBe("+93.0");
  expect(await table.getByRole("row", { name: /mapDates/ }).innerText()).toContain("gone");
  await page.context().close();
});

test("zoom, selection, marks and order live in the address, the palette in the browser; the tree is the drawing's equal", async () => {
  const page = await open(versions);
  const grid = page.getByRole("treegrid", { name: "Flame graph" });
  await grid.waitFor();
  expect(await grid.getByRole("columnheader").allInnerTexts()).toEqual([
    "Function",
    "1.0.0",
    "1.1.0",
    "Change",
  ]);
  const drawing = page.getByRole("application", { name: /Flame graph drawing/ });
  await drawing.focus();
  // From parseCart over JSON.parse.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page
    .locator("#flame-readout")
    .filter({ hasText: "reviveDate" })
    .filter({ hasText: "new in 1.1.0" })
    .waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/zoom=/);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("zoom="));
  await page.getByRole("checkbox", { name: "Colour-blind palette" }).check();
  expect(await page.evaluate(() => document.documentElement.dataset["palette"])).toBe("safe");
  const table = page.getByRole("table", { name: "Functions, self ms per span" });
  await table.getByRole("button", { name: "parseISO" }).click();
  await page.waitForURL(/highlight=/);
  await shows(page, "13.7 ms");
  await table.getByRole("button", { name: "1.0.0" }).click();
  await page.waitForURL(/by=base/);
  expect(await table.locator("tbody tr").first().innerText()).toContain("JSON.parse");
  const pattern = page.getByLabel("Pattern over package, function and file");
  await pattern.fill("(?=x)");
  await pattern.press("Enter");
  await page.getByText("RE2 knows no lookahead").waitFor();
  await grid.waitFor();
  await page.context().close();
});

test("a frame of a difference has its menu: filters of both sides, callers in either, and its name", async () => {
  const page = await open(versions);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const row = page.getByRole("treegrid").getByRole("row").filter({ hasText: "parseCart" }).first();
  await row.click({ button: "right" });
  const menu = page.getByRole("menu", { name: "What to do with parseCart" });
  expect((await menu.getByRole("menuitem").allInnerTexts()).map((words) => words.split("\n")[0])).toEqual([
    "Zoom to frame",
    "Focus on function",
    "Hide function",
    "Callers and callees in 1.0.0",
    "Callers and callees in 1.1.0",
    "Copy name",
    "Copy stack",
  ]);
  await menu.getByRole("menuitem", { name: "Copy name" }).click();
  await menu.waitFor({ state: "detached" });
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("parseCart");
  await page.getByRole("application", { name: /Flame graph drawing/ }).focus();
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Focus on function" }).click();
  await page.waitForURL(/focus=/);
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Callers and callees in 1.0.0" }).click();
  await page.waitForURL(/profiles\?.*version=1.0.0.*sandwich=/);
  await page.getByText("callers and callees of parseCart").waitFor();
  await page.context().close();
});

test("sides are swapped, normalised, edited, and opened alone", async () => {
  const page = await open(versions);
  await page.getByRole("button", { name: "Swap sides" }).click();
  await page.waitForURL(/base=v:1.1.0&other=v:1.0.0/);
  await page.getByRole("combobox", { name: "Per" }).selectOption("share");
  await page.waitForURL(/per=share/);
  await page.getByRole("heading", { name: /^Of GET \/cart, in version 1.0.0: .* points more/ }).waitFor();
  await page.getByRole("button", { name: "Edit the second side" }).click();
  await page.getByLabel("Version", { exact: true }).fill("1.1.0");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("alert").filter({ hasText: "Both sides would be the same" }).waitFor();
  await page.getByLabel("Shortest, ms").fill("620");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/other=v:1.1.0,620-ms/);
  await page.getByRole("link", { name: "Version 1.1.0 · over 620 ms" }).click();
  await page.waitForURL(/profiles\?service=checkout&endpoint=GET\+\/cart&version=1.1.0&minMs=620/);
  await page.getByRole("button", { name: "Drop requests over 620 ms" }).click();
  await page.waitForURL((url) => !url.search.includes("minMs"));
  await page.context().close();
});

test("a root cause and slow traces lead to the comparison of their profiles", async () => {
  const page = await open(cause);
  await page.getByRole("link", { name: "Compare their profiles" }).click();
  await page.waitForURL(/compare\?.*endpoint=GET\+\/cart.*type=wall.*base=121-174ms&other=620-ms/);
  await page.goBack();
  await page.getByRole("link", { name: "JSON.parse" }).click();
  await page.waitForURL(/compare\?.*focus=/);
  await page.goBack();
  await page.getByRole("link", { name: "POST /export" }).click();
  await page.waitForURL(/profiles\?.*endpoint=POST\+\/export&type=loop_hold/);
  await page.getByRole("heading", { name: "Delay to others over time" }).waitFor();
  await page.getByText("requests held up at a time").waitFor();
  await page.goto(`${story.url}?${range}&service=checkout&operation=GET+/cart&minMs=620&maxMs=1400`);
  await page.getByRole("link", { name: "Compare profiles" }).click();
  await page.waitForURL(/compare\?.*base=-620ms&other=620-1400ms/);
  await page.context().close();
});

test("what cannot be compared, or does not differ, is said in words, with what to do", async () => {
  const sides = "base=v:1.0.0&other=v:1.1.0";
  const page = await open(`compare?${range}&service=cart-store&${sides}`);
  await page
    .getByRole("heading", {
      name: "Not comparable: no spans are stored to divide by on the side of version 1.0.0.",
    })
    .waitFor();
  await page.getByRole("button", { name: "Compare shares" }).click();
  await page.waitForURL(/per=share/);
  await page.getByRole("treegrid", { name: "Flame graph" }).waitFor();
  const go = (service: string): Promise<unknown> =>
    page.goto(`${story.url}compare?${range}&service=${service}&${sides}`);
  await go("users");
  await page.getByRole("heading", { name: "Not comparable: no samples of version 1.0.0." }).waitFor();
  await page.getByRole("link", { name: "Look at that side" }).waitFor();
  await go("web");
  await page.getByRole("heading", { name: "No function of web differs by more than chance." }).waitFor();
  await go("pricing");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toContain("query_timeout");
  await page.goto(`${story.url}compare?${range}`);
  await page.getByRole("heading", { name: "What should be compared?" }).waitFor();
  await page.getByRole("combobox", { name: "Service" }).selectOption("checkout");
  await page.getByRole("link", { name: "The time before" }).click();
  await page.waitForURL(/base=t:\d+-\d+&other=t:\d+-\d+/);
  await page.context().close();
});
