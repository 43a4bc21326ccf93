"use strict";
// Planted cause `feed`: a request packs the whole catalogue synchronously, and another one waits behind it.
//
// - where: desk, `GET /catalogue/feed` → `packCatalogue` holds the loop; slow is `GET /rooms/{room}`
// - share: 12 % of the rooms are asked for when a harvester comes for the feed
// - truth: a room waits ~40 ms for press. The feed waits ~6 ms, so its work begins after the room's question has left and
//   ends after ~135, long after the answer is there: what is left, ~95 ms, is `loop.held` by `GET /catalogue/feed`. Without
//   the cause the feed is packed once per edition.
const { createHash } = require("node:crypto");
const { gzipSync } = require("node:zlib");
const { numbers, oneOf } = require("../random.js");

const TITLES = 10_000;
const WORDS = "history garden river letters night harbour winter atlas children journey bread stone".split(
  " ",
);

exports.catalogueOf = (seed, count = TITLES) => {
  const next = numbers(seed, "catalogue");
  return Array.from({ length: count }, (_, n) => ({
    id: n,
    title: Array.from({ length: 5 }, () => oneOf(next, WORDS)).join(" "),
    year: 1900 + Math.floor(next() * 120),
    copies: Math.floor(next() * 9),
  }));
};

/** What a harvester compares to know whether it has this one. */
function packCatalogue(catalogue, edition) {
  const packed = gzipSync(JSON.stringify({ edition, catalogue }), { level: 9 });
  return { edition, bytes: packed.length, etag: createHash("sha256").update(packed).digest("hex") };
}

exports.Feed = class Feed {
  #catalogue;
  #keeps;
  #packed;

  /** @param {boolean} keeps whether the packed one is kept for as long as its edition lasts */
  constructor(catalogue, keeps) {
    this.#catalogue = catalogue;
    this.#keeps = keeps;
  }

  of(edition) {
    if (this.#keeps && this.#packed?.edition === edition) return this.#packed;
    this.#packed = packCatalogue(this.#catalogue, edition);
    return this.#packed;
  }
};
