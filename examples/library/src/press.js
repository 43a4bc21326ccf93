"use strict";
// press: turns documents into pages and ranks titles.
const { setTimeout: passes } = require("node:timers/promises");
const { listen } = require("./http.js");
const { planted, seed } = require("./settings.js");
const { rankTitles, titles } = require("./causes/stampede.js");
const { compileTemplate, houseStyle, renderPage } = require("./causes/templates.js");

const compilesAlways = planted().has("templates") && process.env.LIBRARY_PRESS_VERSION === "2.5.0";
const source = houseStyle();
const compiled = compileTemplate(source);
const all = titles(seed());
/** The document lies in an archive, somebody else's machine: all that is seen of it is that its answer takes time. */
const ARCHIVE_MS = 150;

listen([
  [
    "/pages/{page}",
    /^\/pages\/(?<page>[\w-]+)$/,
    async ({ page }) => {
      await passes(ARCHIVE_MS);
      const template = compilesAlways ? compileTemplate(source) : compiled;
      const lines = Array.from({ length: 30 }, (_, n) => `line ${n} of ${page}`);
      return { html: renderPage(template, { title: page, lines }) };
    },
  ],
  ["/ranking", /^(?<path>\/ranking)$/, () => ({ titles: rankTitles(all) })],
]);
