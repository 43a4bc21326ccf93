"use strict";
// Planted cause `capitals`: a regular expression that backtracks on one tenant's documents.
//
// - where: desk, `GET /tenants/{tenant}/search` → `findCitations`
// - share: tenant "notary", 8 % of the searches
// - truth: ~130 ms of CPU in the regular expression (`cpu.self`); other tenants' searches take ~1 ms. Notaries write
//   headings in capitals without spaces; each letter doubles the ways in which the pattern can fail on them.
const { numbers, oneOf } = require("../random.js");

// "B.G.B.L. (1999)", "HRR (1931)". The full stop between the letters is optional, and that is the fault.
const CITATION = /\b(?:[A-Z]+\.?)+ \(\d{4}\)/g;

/** @param {string} text @returns {string[]} citations of law reports */
exports.findCitations = function findCitations(text) {
  return text.match(CITATION) ?? [];
};

const WORDS =
  "the deed of sale was read aloud and signed by both parties before witnesses in the town hall".split(" ");
const REPORTS = ["B.G.B.L. (1999)", "HRR (1931)", "J.W. (1926)", "N.J.W. (2004)"];
const HEADINGS = ["LASTWILLANDTESTAMENTOF", "CONVEYANCEOFREALESTATE", "ARTICLESOFASSOCIATIONS"];
exports.TENANTS = ["city", "court", "school", "notary"];
exports.DOCUMENTS = 40;
/** So many of a notary's documents have such a heading. */
const HEADED = 4;

/** Documents of a tenant. @returns {{ id: string, text: string }[]} */
exports.documentsOf = (seed, tenant, headings) => {
  const next = numbers(seed, tenant);
  return Array.from({ length: exports.DOCUMENTS }, (_, n) => {
    const words = Array.from({ length: 300 }, () =>
      next() < 0.02 ? oneOf(next, REPORTS) : oneOf(next, WORDS),
    );
    if (headings && n % (exports.DOCUMENTS / HEADED) === 0) words.unshift(oneOf(next, HEADINGS));
    return { id: `${tenant}-${n}`, text: words.join(" ") };
  });
};
