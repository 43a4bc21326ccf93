"use strict";
// Planted cause `stampede`: a cache entry expires and everybody who comes computes it again.
//
// - where: desk, `GET /shelf` → `shelf.get` → press, `GET /ranking` → `rankTitles`; eight readers ask at once
// - share: about one in two rounds of eight meets an expired entry (kept for 4 s); then all eight miss it
// - truth: the ranking is ~40 ms of CPU in press, but it is computed eight times one after the other: up to 320 ms of
//   `wait.child` at the desk (median of the eight ~180). One computation would have done: without the cause the others
//   wait for the first, ~40 ms.
const { numbers, oneOf } = require("../random.js");

exports.READERS_AT_ONCE = 8;
const KEPT_MS = 4000;

/** A value that is kept for a while. `shared`: who comes while it is being computed waits for that. */
exports.Kept = class Kept {
  #compute;
  #shared;
  #value;
  #until = 0;
  #open;

  constructor(compute, shared) {
    this.#compute = compute;
    this.#shared = shared;
  }

  async get(now = performance.now()) {
    if (now < this.#until) return this.#value;
    if (this.#shared && this.#open !== undefined) return await this.#open;
    this.#open = this.#compute();
    try {
      this.#value = await this.#open;
      this.#until = performance.now() + KEPT_MS;
      return this.#value;
    } finally {
      this.#open = undefined;
    }
  }
};

const SYLLABLES = "bü cher au gen öff nen sich lang sam über stra ßen und gär ten im früh ling".split(" ");

/** @returns {string[]} */
exports.titles = (seed, count = 28_000) => {
  const next = numbers(seed, "titles");
  return Array.from({ length: count }, () =>
    Array.from({ length: 4 }, () => oneOf(next, SYLLABLES)).join(""),
  );
};

/** The ten first by the rules of the alphabet, which is not that of the bytes. */
exports.rankTitles = function rankTitles(titles) {
  return titles.toSorted((a, b) => a.localeCompare(b)).slice(0, 10);
};
