// The search page: what it says, and that it works by keyboard and mouse.
import { expect, test } from "vitest";
import { open, range, shows, story, withPages } from "./pages.ts";
import { storyEnd } from "./server.ts";
import { traceId } from "./story.ts";

withPages();

test("a search leads to a trace and on to the profile of its span, and no request leaves the server", async () => {
  const page = await open(`?${range}&minMs=975&maxMs=990`);
  const elsewhere: string[] = [];
  const refused: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(story.url)) elsewhere.push(request.url());
  });
  page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
  await page.getByRole("link", { name: traceId.slice(0, 8) }).click();
  await page.getByRole("heading", { name: /^GET \/cart took 982.ms, 928 of them in checkout: / }).waitFor();
  await page.getByRole("link", { name: "Profile for this span: checkout GET /cart, 64 samples" }).click();
  await page
    .getByRole("heading", {
      name: "GET /cart took 964 ms: 546 ms JSON.parse in parseCart, 191 ms with the loop held by POST /export, 64 ms garbage collection.",
    })
    .waitFor();
  expect(elsewhere).toEqual([]);
  expect(refused).toEqual([]);
  await page.context().close();
});

test("the rectangle drawn on the heatmap becomes durations and a time range, and Escape clears it", async () => {
  const page = await open(`?${range}`);
  await shows(page, "traces so far");
  const plot = page.getByRole("application", { name: /Latency heatmap/ });
  const box = await plot.boundingBox();
  if (box === null) throw new Error("the heatmap has no box");
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.35);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.15, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/minMs=\d+&maxMs=\d+/);
  const url = new URL(page.url());
  expect(Number(url.searchParams.get("selFrom"))).toBe(storyEnd - 1_800_000);
  const least = Number(url.searchParams.get("minMs"));
  expect(await page.getByLabel("Shortest, in ms").inputValue()).toBe(String(least));
  await shows(page, /traces selected/);

  await plot.focus();
  await page.keyboard.press("Escape");
  await page.waitForURL((next) => !next.search.includes("minMs"));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Shift+ArrowRight");
  await shows(page, /traces selected/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/selFrom=/);
  await page.context().close();
});

test("a page of traces is drawn whole, each with a bar that sums to its duration", async () => {
  const page = await open(`?${range}&service=checkout&operation=GET+/cart&minMs=620&maxMs=1400`);
  await shows(page, "50 traces so far");
  expect(await page.locator("table.traces tbody tr.go").count()).toBe(50);
  const wrong = await page.evaluate(() => {
    const rows = [...document.querySelectorAll("table.traces tbody tr.go")].map((row) => ({
      ms: Number(row.querySelector("td.num b")?.textContent.replaceAll(",", "")),
      width: [...row.querySelectorAll(".mini > i")].reduce(
        (sum, part) => sum + part.getBoundingClientRect().width,
        0,
      ),
    }));
    const scale = (rows[0]?.width ?? 0) / (rows[0]?.ms ?? 1);
    return rows.filter((row) => Math.abs(row.width - row.ms * scale) > 2);
  });
  expect(wrong).toEqual([]);
  await page.context().close();
});

test("a range that data covers in part can be fitted to it, in the address", async () => {
  const page = await open(`?${range}&service=pricing`);
  await page.getByRole("button", { name: /^Fit to data/ }).click();
  await page.waitForURL((url) => Number(url.searchParams.get("from")) > storyEnd - 900_000);
  await page.getByRole("button", { name: /^Fit to data/ }).waitFor({ state: "detached" });
  await page.context().close();
});

test("texts of an axis do not overlap, whatever the width and the zoom", async () => {
  const page = await open(`trace/${traceId}`);
  for (const [width, query] of [
    [1280, ""],
    [760, ""],
    [1280, "?from=0&to=990.4"],
    [1000, "?from=12.3&to=12.9"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${story.url}trace/${traceId}${query}`);
    await page.locator(".wf-head .axis span").first().waitFor();
    const boxes = await page
      .locator(".wf-head .axis span")
      .evaluateAll((spans) =>
        spans.map((one) => one.getBoundingClientRect()).map(({ left, right }) => ({ left, right })),
      );
    const sorted = boxes.toSorted((a, b) => a.left - b.left);
    sorted.forEach((box, i) => i > 0 && expect(box.left).toBeGreaterThan(sorted[i - 1]?.right ?? 0));
  }
  await page.context().close();
});

test("an empty search names the filter to drop and drops it", async () => {
  const page = await open(`?${range}&service=users&profiled=true`);
  await shows(page, "No spans match");
  await page.getByRole("button", { name: "Drop service users" }).click();
  await shows(page, "traces so far");
  expect(page.url()).not.toContain("service=");
  expect(page.url()).toContain("profiled=true");
  await page.context().close();
});

test("scrolling the results loads the following pages", async () => {
  const page = await open(`?${range}`);
  await shows(page, "50 traces so far");
  for (let i = 0; i < 30 && (await page.getByText("430 traces, all shown").count()) === 0; i++) {
    await page.mouse.wheel(0, 3000);
    await page.waitForTimeout(100);
  }
  await shows(page, "430 traces, all shown");
  expect(await page.locator("table.traces tbody tr.go").count()).toBeLessThan(100);
  await page.context().close();
});

test("a request that fails replaces its panel only, and can be tried again", async () => {
  const page = await open(`?${range}&service=checkout&operation=POST+/checkout`);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const text = await alert.innerText();
  expect(text).toContain("query_timeout");
  expect(text).toContain("req-7f3ac2");
  await alert.getByRole("button", { name: "Try again" }).waitFor();
  await shows(page, /median/);
  await page.context().close();
});

test("deploys are marked above the heatmap, and said in words below it", async () => {
  const page = await open(`?${range}`);
  const mark = page.locator(".plot .deploy");
  await mark.waitFor();
  expect(await mark.innerText()).toBe("checkout 1.1.0");
  const [line, plot] = [await mark.boundingBox(), await page.locator(".plot").boundingBox()];
  expect(((line?.x ?? 0) - (plot?.x ?? 0)) / (plot?.width ?? 1)).toBeCloseTo(1260 / 3600, 1);
  // Its name hides nothing of what is drawn.
  const name = await mark.locator("b").boundingBox();
  expect((name?.y ?? 0) + (name?.height ?? Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(plot?.y ?? 0);
  await shows(page, "Deploy: checkout 1.0.0 → 1.1.0 at 14:21");
  await page.context().close();
});

test("a comparison that attributes do not know is refused in words", async () => {
  const page = await open(`?${range}`);
  const field = page.getByRole("textbox", { name: "Attribute" });
  for (const text of ["cart.items>=1000", "cart.items >= 1000"]) {
    await field.fill(text);
    await field.press("Enter");
    const problem = page.getByRole("alert");
    expect(await problem.innerText()).toBe(
      ">= is not known here. Attributes are compared for equality: key=value.",
    );
    const [below, box] = [await problem.boundingBox(), await field.boundingBox()];
    expect(below?.y).toBeGreaterThanOrEqual((box?.y ?? 0) + (box?.height ?? 0));
    await field.fill("");
    await problem.waitFor({ state: "detached" });
  }
  expect(page.url()).not.toContain("attr=");
  await field.fill("cart.items=1000");
  await field.press("Enter");
  await page.waitForURL(/attr=cart.items:1000/);
  await page.context().close();
});

test("nothing of one operation stands under the name of the next while that is read", async () => {
  const page = await open(`?${range}&service=checkout&operation=GET+/cart`);
  await page.getByRole("heading", { name: /^[\d,]+ traces with GET \/cart$/ }).waitFor();
  let answer = (): void => {};
  const held = new Promise<void>((go) => (answer = go));
  await page.route(/latency-heatmap.*redis/, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByLabel("Operation").selectOption("redis GET");
  await page.getByRole("heading", { name: "Traces with redis GET" }).waitFor();
  expect(await page.getByText(/median/).count()).toBe(0);
  answer();
  await page.getByRole("heading", { name: /^[\d,]+ traces with redis GET$/ }).waitFor();
  await page.context().close();
});

test("services and operations to choose from are those of the range in force", async () => {
  const page = await open("?from=1795000000000&to=1795003600000&service=checkout", {});
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  await shows(page, "traces so far");
  for (const path of ["/services?", "/services/checkout/operations?"]) {
    const ranges = asked
      .filter((url) => url.includes(path))
      .map((url) => new URL(url).searchParams)
      .filter((query) => query.has("to"))
      .map((query) => [Number(query.get("from")), Number(query.get("to"))]);
    expect(
      ranges.some(([from = 0, to = 0]) => from <= 1795003600000 - 86_400_000 && to >= 1795003600000),
    ).toBe(true);
  }
  // And so is what the endpoints are measured by.
  await shows(page, "Slowest against usual, median → p95, in this range");
  await page.context().close();
});

test("each endpoint is one line, its numbers below those of the others", async () => {
  const page = await open(`?${range}`);
  const list = page.getByRole("navigation", { name: "Endpoints whose requests differ most" });
  await list.waitFor();
  const lefts = new Map<number, Set<number>>();
  for (const link of await list.getByRole("link").all()) {
    const box = await link.boundingBox();
    expect(box?.height).toBeLessThan(30);
    const numbers = await link
      .locator("b")
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
    const column = lefts.get(box?.x ?? 0) ?? new Set();
    column.add(Math.round(numbers[1] ?? 0));
    lefts.set(box?.x ?? 0, column);
  }
  expect([...lefts.values()].every((column) => column.size === 1)).toBe(true);
  await page.context().close();
});

test("what the bars beside the heatmap say stays inside the page", async () => {
  const page = await open(`?${range}`);
  await shows(page, /^median/);
  const side = await page.locator(".heat .side").boundingBox();
  for (const label of await page.locator(".heat .side span").all()) {
    const box = await label.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual((side?.x ?? 0) + (side?.width ?? 0));
  }
  const plot = await page.locator(".heat .plot").boundingBox();
  expect((side?.x ?? 0) - (plot?.x ?? 0) - (plot?.width ?? 0)).toBeGreaterThanOrEqual(12);
  await page.context().close();
});

test("where all data is of the last minutes, a search without a range begins with those", async () => {
  const page = await open("start");
  // Columns of a minute; nothing before the last ten.
  await page.route(/latency-heatmap/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
    const columns = Number(query.get("buckets")?.split("x")[0]);
    const step = (to - from) / columns;
    const cells = Array.from({ length: columns }, (_, t) => [t, 0, 7, 0]).filter(
      ([t = 0]) => from + t * step > Date.now() - 600_000,
    );
    await route.fulfill({
      json: { t0UnixNano: `${from}000000`, stepNano: step * 1e6, edgesNano: [1e6, 1e9], cells },
    });
  });
  await page.goto(story.url);
  await page.waitForURL((url) => url.search === "?range=15m");
  // The hour can still be asked for, and is kept.
  await page.getByRole("button", { name: /Time range/ }).click();
  await page.getByRole("button", { name: "Last hour" }).click();
  await page.waitForURL((url) => url.search === "");
  await shows(page, "traces so far");
  expect(new URL(page.url()).search).toBe("");
  await page.context().close();
});
