"use strict";
const { readdirSync } = require("node:fs");
const path = require("node:path");

/** A file each. */
const CAUSES = readdirSync(path.join(__dirname, "causes"))
  .map((file) => path.basename(file, ".js"))
  .toSorted();

/** @param {string} [text] `LIBRARY_CAUSES`: a comma-separated list, `none`, or empty for all. */
exports.planted = (text = process.env.LIBRARY_CAUSES) => {
  if (text === undefined || text === "") return new Set(CAUSES);
  const names = text === "none" ? [] : text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !CAUSES.includes(name));
  if (unknown !== undefined) {
    throw new Error(`LIBRARY_CAUSES: unknown cause "${unknown}"; known: ${CAUSES.join(", ")}, none`);
  }
  return new Set(names);
};

exports.seed = () => Number(process.env.LIBRARY_SEED || 1);
