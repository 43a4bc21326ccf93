// What the causes compute is right, and heavy requests cost more than light ones. Amounts are measured, not tested.
import { expect, test } from "vitest";
import { buildCsv } from "./export-hog.ts";
import { formText, packForm } from "./exec-sync.ts";
import { recommend } from "./gc-pressure.ts";
import { renderLabels } from "./hog-end.ts";
import { countStock } from "./hog-middle.ts";
import { storePassword, verifyPassword } from "./key-derivation.ts";
import { priceOneByOne, wishes } from "./n-plus-one.ts";
import { hashBatch, packInvoice, readInvoice } from "./pool-starvation.ts";
import { ConnectionPool } from "./pool-wait.ts";
import { forecastDemand } from "./slow-pricing.ts";
import { planRoute } from "./stalled.ts";
import { askAll } from "./unequal.ts";
import { taxRates, taxReleases } from "./version-1.1.ts";
import { drawPoster } from "./worker.ts";

/** CPU time of this thread, ms. */
function cpuMs(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

test("export-hog: quotes what needs quotes", () => {
  const csv = buildCsv(4);
  expect(csv).toContain('"marked ""fragile"""');
  expect(csv).toContain('"gift, no invoice\nin the parcel"');
  expect(csv.startsWith("order;sold at;")).toBe(true);
});

test("slow-pricing: forecasts within the range of the season", () => {
  const forecast = forecastDemand(3, 10);
  expect(forecast).toBeGreaterThan(10);
  expect(forecast).toBeLessThan(60);
});

test("key-derivation: a password is told from another", () => {
  const stored = storePassword("open sesame", "salt", 1000);
  expect(verifyPassword("open sesame", stored)).toBe(true);
  expect(verifyPassword("open barley", stored)).toBe(false);
});

test("gc-pressure: five different products, whatever the size of the search", () => {
  expect(new Set(recommend(3, 1000)).size).toBe(5);
});

test("n-plus-one: never two calls at once", async () => {
  let open = 0;
  let most = 0;
  const skus = wishes(1, "w001", true);
  const total = await priceOneByOne(skus, async () => {
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    return 2;
  });
  expect(most).toBe(1);
  expect(total).toBe(2 * skus.length);
  expect(skus.length).toBeGreaterThanOrEqual(60);
  expect(wishes(1, "w002", false).length).toBeLessThan(5);
});

test("pool-starvation: an invoice comes out as it went in", async () => {
  expect(await readInvoice(packInvoice("i1"))).toMatchObject({ id: "i1" });
  const keys = await hashBatch("b", 3, 2);
  expect(new Set(keys).size).toBe(3);
});

test("exec-sync: the form comes back smaller", () => {
  const text = formText(1, "f000", 50_000);
  expect(text.length).toBeGreaterThanOrEqual(50_000);
  expect(packForm(text)).toBeLessThan(text.length / 2);
});

test("pool-wait: connections are handed on in the order of asking", async () => {
  const pool = new ConnectionPool(2);
  const order: string[] = [];
  await pool.acquire();
  await pool.acquire();
  const waits = ["a", "b"].map((name) => pool.acquire().then(() => order.push(name)));
  expect(pool.waiting).toBe(2);
  pool.release();
  pool.release();
  await Promise.all(waits);
  expect(order).toEqual(["a", "b"]);
});

test("version-1.1: both releases name applyTax and agree, the newer uses far more CPU", () => {
  const rates = taxRates();
  const lines = [3, 100, 499].map((n) => ({ sku: `sku-${String(n).padStart(4, "0")}`, price: 1000 }));
  const [older, newer] = [taxReleases["1.0.0"], taxReleases["1.1.0"]];
  expect([older?.name, newer?.name]).toEqual(["applyTax", "applyTax"]);
  expect(newer?.(rates, lines)).toBe(older?.(rates, lines));
  // The least of some tries: a collection may come amid any of them.
  const tryOnce = (release: typeof older): number =>
    cpuMs(() => Array.from({ length: 5 }, () => release?.(rates, lines)));
  const cpu = (release: typeof older): number => Math.min(...[1, 2, 3, 4, 5].map(() => tryOnce(release)));
  expect(cpu(newer)).toBeGreaterThan(10 * cpu(older));
});

test("worker: the poster shows the set", () => {
  const pixels = drawPoster(40);
  expect(pixels).toHaveLength(1600);
  expect(pixels.includes(255)).toBe(true);
  expect(pixels[0]).toBeLessThan(5);
});

test("unequal: everybody is asked at once", async () => {
  const asked: string[] = [];
  const answers = askAll(["north", "islands"], async (carrier) => {
    asked.push(carrier);
    await Promise.resolve();
    return carrier.length;
  });
  expect(asked).toEqual(["north", "islands"]);
  expect(await answers).toEqual([5, 7]);
});

test("hog-middle and hog-end: a batch ends by the clock and does at least one item", () => {
  expect(countStock(1).shelves).toBeGreaterThan(0);
  expect(renderLabels(0)).toMatchObject({ labels: 1 });
});

test("stalled: the way round a square is its edge", () => {
  const square = [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
    { x: 1, y: 0 },
    { x: 0, y: 1 },
  ];
  expect(planRoute(square)).toBeCloseTo(4);
});
