import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { ReadingBook } from "./reading.ts";

test("what is read is told of, parts of a page only noted, checks neither", async () => {
  const client = new QueryClient();
  const book = new ReadingBook(client.getQueryCache());
  const leave = book.subscribe(() => undefined);
  const answers: (() => void)[] = [];
  const read = (name: string, meta: Record<string, boolean>): Promise<unknown> =>
    client.fetchQuery({
      queryKey: [name],
      queryFn: () => new Promise<number>((resolve) => answers.push(() => resolve(1))),
      meta,
    });
  const answerOne = async (one: Promise<unknown>): Promise<void> => {
    answers.shift()?.();
    await one;
  };
  const check = read("check", { quiet: true });
  expect(book.now()).toEqual({ told: false, any: false });
  await answerOne(check);
  const part = read("part", { quiet: true, part: true });
  expect(book.now()).toEqual({ told: false, any: true });
  const page = read("page", {});
  const both = book.now();
  expect(both).toEqual({ told: true, any: true });
  await answerOne(part);
  expect(book.now()).toBe(both);
  await answerOne(page);
  expect(book.now()).toEqual({ told: false, any: false });
  read("gone", {}).catch(() => undefined);
  expect(book.now().told).toBe(true);
  client.removeQueries({ queryKey: ["gone"] });
  expect(book.now().told).toBe(false);
  leave();
});
