import type { Locator, Page } from "playwright-core";
import { rests } from "../support/rests.ts";
import { until } from "../support/until.ts";
import { allEndpoints, type Stop } from "./stops.ts";

/** A reader tries no more rows than this before giving up. */
const mostRows = 12;

/**
 * Clicks a stop's way from the first page until its sentence says what it should, and returns the clicks of the way that did.
 * Data still arrives while one looks: a way that fails is begun anew until `timeoutMs` have passed.
 */
export async function walk(page: Page, home: string, stop: Stop, timeoutMs: number): Promise<number> {
  let row = 0;
  let read = "";
  try {
    return await until(`${stop.cause} is found by clicks`, timeoutMs, async () => {
      const way = await oneWay(page, home, stop, row);
      row = (row + 1) % mostRows;
      if (way === undefined) return undefined;
      read = way.read;
      return stop.says.test(way.read) ? way.clicks : undefined;
    });
  } catch (error) {
    throw new Error(`the way to ${stop.cause} ended at: ${read}`, { cause: error });
  }
}

/** The rows in the order in which a reader tries them: first those whose bar is mostly of the colour. */
async function byColour(page: Page, rows: Locator, kind: string): Promise<number[]> {
  // The bars come after the rows.
  await rests(page);
  const fits = await rows.evaluateAll(
    (elements, css) =>
      elements.map((element) => {
        const parts = [...element.querySelectorAll<HTMLElement>(".mini.bar i")];
        const widest = parts.toSorted((a, b) => parseFloat(b.style.width) - parseFloat(a.style.width))[0];
        return widest?.classList.contains(css) === true;
      }),
    `c-${kind.replace(".", "-")}`,
  );
  const order = fits.map((_, i) => i);
  return [...order.filter((i) => fits[i]), ...order.filter((i) => !fits[i])];
}

/** Undefined where a step of it was not there. */
async function oneWay(
  page: Page,
  home: string,
  stop: Stop,
  row: number,
): Promise<{ readonly clicks: number; readonly read: string } | undefined> {
  await page.goto(home);
  await page.getByRole("navigation", { name: "Endpoints whose requests differ most" }).waitFor();
  let clicks = 0;
  for (const click of stop.clicks) {
    const target = click.target(page);
    if (clicks === 0 && (await target.count()) === 0) {
      const all = allEndpoints.target(page);
      if ((await all.count()) === 0) return undefined;
      await all.click();
      clicks++;
    }
    await target.first().waitFor();
    const nth = click.rows === undefined ? 0 : (await byColour(page, target, click.rows))[row];
    if (nth === undefined) return undefined;
    await target.nth(nth).click();
    clicks++;
    await rests(page);
  }
  const sentence = page.locator("h1.sentence:not(.faint)");
  await sentence.waitFor();
  return { clicks, read: await sentence.innerText() };
}
