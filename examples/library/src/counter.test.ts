// The causes that the staff at the counter meets.
import { expect, onTestFinished, test } from "vitest";
import { holdingsOf, sortHoldings } from "./causes/call-numbers.js";
import { CardIndex } from "./causes/card-index.js";
import { dueDates, LOANS_OF_A_CLASS, loansOf } from "./causes/due-dates.js";
import { catalogueOf, Feed } from "./causes/feed.js";
import { Stock, withRetry } from "./causes/stocktaking.js";
import { counterMoments } from "./load.js";

test("due-dates: a class asks once for each loan, or once for all", async () => {
  for (const together of [false, true]) {
    let asked = 0;
    const ask = async (copies: string[]): Promise<object[]> => {
      asked++;
      await Promise.resolve();
      return copies.map((copy) => ({ copy }));
    };
    const copies = loansOf("class-3");
    expect(await dueDates(copies, ask, together)).toEqual(copies.map((copy) => ({ copy })));
    expect(asked).toBe(together ? 1 : LOANS_OF_A_CLASS);
  }
});

test("stocktaking: a copy in the room that is being counted is found at the second attempt", async () => {
  const stock = new Stock();
  const find = (copy: string) => withRetry(async () => await Promise.resolve(stock.find(copy)), 0);
  expect(() => stock.find("r7-2") as unknown).toThrow("being counted");
  expect(await find("r7-1")).toEqual({ copy: "r7-1", room: "r7", lent: false });
  expect(stock.find("r1-1")).toEqual({ copy: "r1-1", room: "r1", lent: false });
});

test("call-numbers: parsed once or each time, the order is the same", () => {
  const of = (...callNumbers: string[]) => callNumbers.map((callNumber) => ({ callNumber }));
  const unsorted = of("QA 76.9 .B45 2011", "QA 9.1 .D22 1999", "PT 80.1 .A3 2001", "QA 76.9 .B5 1990");
  const sorted = of("PT 80.1 .A3 2001", "QA 9.1 .D22 1999", "QA 76.9 .B45 2011", "QA 76.9 .B5 1990");
  expect(sortHoldings(unsorted, true)).toEqual(sorted);
  expect(sortHoldings(unsorted, false)).toEqual(sorted);
  const north = holdingsOf(1, "north");
  expect(sortHoldings(north, false)).toEqual(sortHoldings(north, true));
});

test("feed: one that is kept is packed once per edition", () => {
  const catalogue = catalogueOf(1, 20);
  const kept = new Feed(catalogue, true);
  const first = kept.of(7) as object;
  expect(kept.of(7)).toBe(first);
  expect(kept.of(8)).not.toBe(first);
  const packed = new Feed(catalogue, false);
  expect(packed.of(7)).toEqual(first);
  expect(packed.of(7)).not.toBe(packed.of(7));
});

test("card-index: an old card is read synchronously, without CPU", () => {
  const index = new CardIndex(false);
  onTestFinished(() => index.close());
  index.find("old-1");
  const before = process.threadCpuUsage();
  const started = performance.now();
  expect(index.find("old-7")).toEqual({ reader: 7, valid: true });
  const took = performance.now() - started;
  const { user, system } = process.threadCpuUsage(before);
  expect(took).toBeGreaterThan(130);
  expect((user + system) / 1000).toBeLessThan(took / 3);
  expect(new CardIndex(true).find("old-7")).toEqual({ reader: 7, valid: true });
});

test("each kind of request at the counter is a fifth, and of each 12 % are hit", () => {
  const source = counterMoments(1);
  const all = Array.from({ length: 20_000 }, () => source.next().value as { line: string; paths: string[] });
  for (const kind of ["loans", "copy", "holdings", "room", "card"]) {
    const own = all.filter(({ line }) => line.split(" ")[0] === kind);
    const hit = own.filter(({ line }) => line.endsWith("[hit]"));
    expect(Math.abs(own.length / all.length - 0.2)).toBeLessThan(0.01);
    expect(Math.abs(hit.length / own.length - 0.12)).toBeLessThan(0.015);
  }
});
