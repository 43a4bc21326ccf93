"use strict";
// Planted cause `call-numbers`: a comparator that parses both sides each time.
//
// - where: press, `GET /holdings/{branch}` → `sortHoldings` → `compareCallNumbers`; the desk's
//   `GET /branches/{branch}/holdings` waits for it
// - share: branch "depot", 12 % of the requests; it holds 9000 books, the others 60 each
// - truth: 80–140 ms of CPU in `compareCallNumbers` and the `parseCallNumber` it calls (`cpu.self` in press, `wait.child` at the
//   desk). Without the cause each number is parsed once before sorting, 10–25 ms.
const { numbers, oneOf } = require("../random.js");

exports.BRANCHES = ["north", "south", "harbour", "depot"];
const HELD = 60;
const HELD_BY_DEPOT = 9000;
const CLASSES = ["QA", "QB", "PT", "PR", "HV", "Z"];
const AUTHORS = "ABCDEFGHKLMNPRSTVW".split("");

/** Books of a branch, in the order in which they were bought. @returns {{ callNumber: string }[]} */
exports.holdingsOf = (seed, branch) => {
  const next = numbers(seed, branch);
  const number = (below) => Math.floor(next() * below);
  return Array.from({ length: branch === "depot" ? HELD_BY_DEPOT : HELD }, () => ({
    callNumber: `${oneOf(next, CLASSES)} ${number(90)}.${number(100)} .${oneOf(next, AUTHORS)}${number(1000)} ${1950 + number(75)}`,
  }));
};

/** "QA 76.73 .J39 2011": class, number, author, year. Letters sort as such, the author's digits as decimals. */
function parseCallNumber(callNumber) {
  const match = /^(?<letters>[A-Z]{1,3}) (?<number>\d+(?:\.\d+)?) \.(?<author>[A-Z]\d+) (?<year>\d{4})$/.exec(
    callNumber,
  );
  if (match === null) throw new Error(`no call number: "${callNumber}"`);
  const { letters, number, author, year } = match.groups;
  return { letters, number: Number(number), author, year: Number(year) };
}

const text = (a, b) => (a < b ? -1 : Number(a > b));
const inOrder = (a, b) =>
  text(a.letters, b.letters) || a.number - b.number || text(a.author, b.author) || a.year - b.year;

function compareCallNumbers(a, b) {
  return inOrder(parseCallNumber(a.callNumber), parseCallNumber(b.callNumber));
}

/** @param {{ callNumber: string }[]} holdings @param {boolean} parsedOnce */
exports.sortHoldings = function sortHoldings(holdings, parsedOnce) {
  if (!parsedOnce) return holdings.toSorted(compareCallNumbers);
  return holdings
    .map((holding) => ({ holding, parsed: parseCallNumber(holding.callNumber) }))
    .sort((a, b) => inOrder(a.parsed, b.parsed))
    .map(({ holding }) => holding);
};
