"use strict";
// Planted cause `due-dates`: one question after the other, where one for all would do.
//
// - where: desk, `GET /readers/{reader}/loans` → `dueDates` → press, `GET /due/{copies}`
// - share: school classes, 12 % of the readers at the counter; a class has 30 loans, anybody else two
// - truth: each question takes 5–6 ms, nearly all of it press waiting for its own store; thirty in a row are 150–200 ms of
//   `wait.child` at the desk. No single one is slow. Without the cause all copies are asked for at once, ~6 ms.

exports.LOANS_OF_A_CLASS = 30;
const LOANS = 2;

/** @param {string} reader @returns {string[]} */
exports.loansOf = (reader) =>
  Array.from(
    { length: reader.startsWith("class-") ? exports.LOANS_OF_A_CLASS : LOANS },
    (_, n) => `${reader}-${n}`,
  );

/**
 * @param {string[]} copies
 * @param {(copies: string[]) => Promise<object[]>} ask
 * @param {boolean} together whether to ask for all at once
 */
exports.dueDates = async function dueDates(copies, ask, together) {
  if (together) return await ask(copies);
  const dates = [];
  for (const copy of copies) dates.push(...(await ask([copy])));
  return dates;
};
