import type { Browser, CDPSession, Page } from "playwright-core";
import { seeded } from "../overhead/statistics.ts";
import type { Pages } from "./serve.ts";
import type { Tool } from "./tools.ts";

/** Milliseconds, of the clock to the frame and of CPU of the page's main thread: the second does not depend on what else runs. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** What a tool cannot do is empty. */
export interface Round {
  readonly first: readonly Cost[];
  readonly hover: readonly Cost[];
  readonly zoom: readonly Cost[];
  readonly search: readonly Cost[];
}

const hovers = 40;
const zooms = 10;
const word = "parse";

/** One tool in a window of its own: first frame, then hovers, zooms and a search with real input. */
export async function measure(browser: Browser, pages: Pages, tool: Tool, seed: number): Promise<Round> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    page.on("pageerror", (error) => console.error(tool.name, error.message));
    const watch = await stopwatch(page);
    const first = await open(page, pages, tool, watch);
    const random = seeded(seed);
    const area = await tool.area(page);
    // Frames wide enough to be pointed at stand in the upper rows.
    const point = (): [number, number] => [
      area.x + area.width * (0.02 + 0.9 * random()),
      area.y + area.height * (0.06 + 0.5 * random()),
    ];
    const hover: Cost[] = [];
    for (let i = 0; i < hovers; i++) {
      const [x, y] = point();
      await watch(hover, () => input(page, "pointermove", () => page.mouse.move(x, y)));
    }
    const search: Cost[] = [];
    await find(page, tool, (act) => watch(search, act));
    const zoom: Cost[] = [];
    for (let i = 0; i < zooms; i++) {
      const [x, y] = point();
      await page.mouse.move(x, y);
      await page.waitForTimeout(60);
      if (tool.zoom === "click") {
        await watch(zoom, () => input(page, "click", () => page.mouse.click(x, y)));
        // The root is the whole first row.
        await watch(zoom, () => input(page, "click", () => page.mouse.click(area.x + 5, area.y + 8)));
      } else {
        if (tool.name === "speedscope") await page.keyboard.down("Control");
        await watch(zoom, () => input(page, "wheel", () => page.mouse.wheel(0, -120)));
        await watch(zoom, () => input(page, "wheel", () => page.mouse.wheel(0, 120)));
        if (tool.name === "speedscope") await page.keyboard.up("Control");
      }
    }
    return { first, hover, zoom, search };
  } finally {
    await context.close();
  }
}

type Watch = (costs: Cost[], act: () => Promise<number | undefined>) => Promise<void>;

/** Notes what `act` says of the clock, beside the CPU the page's main thread took meanwhile. */
async function stopwatch(page: Page): Promise<Watch> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async (costs, act) => {
    const before = await threadMillis(session);
    const wall = await act();
    if (wall !== undefined) costs.push({ wall, cpu: (await threadMillis(session)) - before });
  };
}

async function threadMillis(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
}

async function open(page: Page, pages: Pages, tool: Tool, watch: Watch): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  if (tool.name === "speedscope") {
    await page.addInitScript({ content: await pages.script("speedscope") });
    // It asks for the profile by itself: the CPU is that of the whole page, of which 30 ms are not the profile's.
    await watch(costs, async () => {
      await page.goto(
        `${pages.url}speedscope/index.html#profileURL=/profile/speedscope.json&view=left-heavy`,
      );
      return page.evaluate(() => window.inputTook);
    });
  } else {
    await page.goto(`${pages.url}${tool.name}/`);
    await page.evaluate(async (address) => {
      window.profileText = await (await fetch(address)).text();
    }, `${pages.url}profile/${tool.format}.json`);
    await page.waitForTimeout(300);
    await watch(costs, () => page.evaluate(() => window.firstFrame()));
  }
  if (costs.length === 0) throw new Error(`${tool.name} drew nothing`);
  await page.waitForTimeout(500);
  return costs;
}

async function input(page: Page, type: string, act: () => Promise<void>): Promise<number | undefined> {
  await page.evaluate((name) => window.afterInput(name), type);
  await act();
  return page.evaluate(() =>
    Promise.race([window.inputTook, new Promise<undefined>((done) => setTimeout(done, 20_000))]),
  );
}

async function find(
  page: Page,
  tool: Tool,
  watch: (act: () => Promise<number | undefined>) => Promise<void>,
): Promise<void> {
  if (tool.name === "flame-chart") return;
  if (tool.name === "speedscope") {
    await page.keyboard.press("Control+f");
    await page.waitForTimeout(200);
    await page.keyboard.type(word.slice(0, -1));
    await page.waitForTimeout(300);
    await watch(() => input(page, "input", () => page.keyboard.type(word.slice(-1))));
    await page.keyboard.press("Escape");
    await page.waitForTimeout(200);
  } else await watch(() => page.evaluate((text) => window.search?.(text), word));
}
