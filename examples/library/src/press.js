"use strict";
// press: turns documents into pages, ranks titles, and knows of copies, holdings and rooms.
const { setTimeout: passes } = require("node:timers/promises");
const { listen } = require("./http.js");
const { planted, seed } = require("./settings.js");
const { BRANCHES, holdingsOf, sortHoldings } = require("./causes/call-numbers.js");
const { Stock } = require("./causes/stocktaking.js");
const { rankTitles, titles } = require("./causes/stampede.js");
const { compileTemplate, houseStyle, renderPage } = require("./causes/templates.js");

const causes = planted();
const compilesAlways = causes.has("templates") && process.env.LIBRARY_PRESS_VERSION === "2.5.0";
const source = houseStyle();
const compiled = compileTemplate(source);
const all = titles(seed());
/** The document lies in an archive, somebody else's machine: all that is seen of it is that its answer takes time. */
const ARCHIVE_MS = 150;
/** So are loans, rooms and editions in stores of their own. */
const LOANS_MS = 4;
const BOOKINGS_MS = 40;
const EDITION_MS = 4;
const stock = new Stock();
const holdings = new Map(BRANCHES.map((branch) => [branch, holdingsOf(seed(), branch)]));
const parsedOnce = !causes.has("call-numbers");

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
  [
    "/due/{copies}",
    /^\/due\/(?<copies>[\w+-]+)$/,
    async ({ copies }) => {
      await passes(LOANS_MS);
      return copies.split("+").map((copy) => ({ copy, due: "2026-03-31" }));
    },
  ],
  ["/stock/{copy}", /^\/stock\/(?<copy>[\w-]+)$/, ({ copy }) => stock.find(copy)],
  [
    "/holdings/{branch}",
    /^\/holdings\/(?<branch>north|south|harbour|depot)$/,
    ({ branch }) => ({ first: sortHoldings(holdings.get(branch), parsedOnce).slice(0, 20) }),
  ],
  [
    "/bookings/{room}",
    /^\/bookings\/(?<room>\d+)$/,
    async ({ room }) => {
      await passes(BOOKINGS_MS);
      return { room, free: ["10:00", "14:00"] };
    },
  ],
  [
    "/edition",
    /^(?<path>\/edition)$/,
    async () => {
      await passes(EDITION_MS);
      return { edition: 7 };
    },
  ],
]);
