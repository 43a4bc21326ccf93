"use strict";
/**
 * Numbers 0 ≤ n < 1 that are the same for the same seed and name (xorshift32).
 * @param {number} seed
 * @param {string} name
 */
exports.numbers = (seed, name) => {
  let state = (seed * 2654435769) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
  for (const character of name) {
    state = (state ^ (character.charCodeAt(0) * 2246822519)) >>> 0 || 1;
    next();
  }
  return next;
};

/**
 * @template T
 * @param {() => number} next
 * @param {readonly T[]} list
 */
exports.oneOf = (next, list) => list[Math.floor(next() * list.length)];
