import { expect, test } from "vitest";
import type { Deploy } from "../api/types.ts";
import { deployMarks, deployWords, markWords } from "./marks.ts";

const deploy = (service: string, atMs: number, more: Partial<Deploy> = {}): Deploy => ({
  service,
  environment: null,
  version: "2",
  previousVersion: "1",
  unixNano: `${atMs}000000`,
  instances: 1,
  ...more,
});
const range = { fromMs: 1000, toMs: 2000 };

test("deploys of the range stand where they were, near ones as one", () => {
  const marks = deployMarks(
    [deploy("a", 900), deploy("a", 1000), deploy("b", 1040), deploy("a", 1500), deploy("a", 2000)],
    range,
    1000,
  );
  expect(marks.map(({ share, deploys }) => [share, deploys.length])).toEqual([
    [0, 2],
    [0.5, 1],
  ]);
  expect(marks.map(markWords)).toEqual(["2 deploys", "a 2"]);
});

test("the first version that is known is none, and one version in two environments is one deploy", () => {
  expect(deployMarks([deploy("a", 1500, { previousVersion: null })], range, 1000)).toEqual([]);
  const [mark] = deployMarks(
    [deploy("a", 1500, { environment: "prod" }), deploy("a", 1501, { environment: "staging" })],
    range,
    1000,
  );
  expect(mark && markWords(mark)).toBe("a 2");
  expect(mark?.deploys.map(deployWords)).toEqual(["a 1 → 2 in prod", "a 1 → 2 in staging"]);
});
