"use strict";
// Planted cause `stocktaking`: a retry that always pauses first.
//
// - where: desk, `GET /copies/{copy}` → `withRetry` → press, `GET /stock/{copy}`
// - share: copies of room 7, which is being counted, 12 %
// - truth: press refuses the first question for such a copy at once (503) and answers the second. Between the two the desk
//   sleeps 200 ms: a timer, no child and no work, so `wait.other`. Without the cause it asks again without a pause.
const { setTimeout: passes } = require("node:timers/promises");

const RETRIES = 3;
exports.PAUSE_MS = 200;

/**
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {number} pauseMs before each further attempt
 * @returns {Promise<T>}
 */
exports.withRetry = async function withRetry(attempt, pauseMs) {
  for (let left = RETRIES; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      if (pauseMs > 0) await passes(pauseMs);
    }
  }
};

/** Where copies are. In a room that is being counted, each is locked while its entry is written. */
exports.Stock = class Stock {
  #written = new Set();

  /** @param {string} copy "r7-12": the twelfth in room 7 */
  find(copy) {
    const [room] = copy.split("-");
    // Whoever asks first comes amid the writing, and the next one after it.
    if (room === "r7" && !this.#written.delete(copy)) {
      this.#written.add(copy);
      throw Object.assign(new Error(`${copy} is being counted`), { status: 503 });
    }
    return { copy, room, lent: false };
  }
};
