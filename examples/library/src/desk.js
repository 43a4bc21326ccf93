"use strict";
// desk: where readers search, read and look at the shelf of the week, and what the staff at its counter asks for.
const { trace } = require("@opentelemetry/api");
const { getJson, listen } = require("./http.js");
const { planted, seed } = require("./settings.js");
const { AccessLog } = require("./causes/access-log.js");
const { documentsOf, findCitations, TENANTS } = require("./causes/capitals.js");
const { CardIndex } = require("./causes/card-index.js");
const { dueDates, loansOf } = require("./causes/due-dates.js");
const { catalogueOf, Feed } = require("./causes/feed.js");
const { PAUSE_MS, withRetry } = require("./causes/stocktaking.js");
const { Kept } = require("./causes/stampede.js");

const causes = planted();
const presses = (process.env.PRESS_URLS ?? "").split(",").filter(Boolean);
if (presses.length === 0) throw new Error("PRESS_URLS is not set: the addresses of the presses");
let turn = 0;
const press = () => presses[turn++ % presses.length];

const documents = new Map(
  TENANTS.map((tenant) => [
    tenant,
    documentsOf(seed(), tenant, tenant === "notary" && causes.has("capitals")),
  ]),
);
// One press ranks, so that its queue is one queue.
const shelf = new Kept(() => getJson(`${presses[0]}/ranking`), !causes.has("stampede"));
const log = new AccessLog(causes.has("access-log"));
// What the staff asks for, one press has.
const askPress = (path) => getJson(`${presses[0]}${path}`);
const cards = new CardIndex(!causes.has("card-index"));
const feed = new Feed(catalogueOf(seed()), !causes.has("feed"));
const pauseMs = causes.has("stocktaking") ? PAUSE_MS : 0;

listen(
  [
    [
      "/tenants/{tenant}/search",
      /^\/tenants\/(?<tenant>city|court|school|notary)\/search$/,
      ({ tenant }) => {
        trace.getActiveSpan()?.setAttribute("library.tenant", tenant);
        const found = documents
          .get(tenant)
          .map(({ id, text }) => ({ id, citations: findCitations(text).length }));
        return { best: found.sort((a, b) => b.citations - a.citations).slice(0, 5) };
      },
    ],
    [
      "/documents/{document}",
      /^\/documents\/(?<document>[\w-]+)$/,
      ({ document }) => getJson(`${press()}/pages/${document}`),
    ],
    ["/shelf", /^(?<path>\/shelf)$/, () => shelf.get()],
    [
      "/readers/{reader}/loans",
      /^\/readers\/(?<reader>[\w-]+)\/loans$/,
      ({ reader }) =>
        dueDates(loansOf(reader), (copies) => askPress(`/due/${copies.join("+")}`), !causes.has("due-dates")),
    ],
    [
      "/copies/{copy}",
      /^\/copies\/(?<copy>[\w-]+)$/,
      ({ copy }) => withRetry(() => askPress(`/stock/${copy}`), pauseMs),
    ],
    [
      "/branches/{branch}/holdings",
      /^\/branches\/(?<branch>[a-z]+)\/holdings$/,
      ({ branch }) => {
        trace.getActiveSpan()?.setAttribute("library.branch", branch);
        return askPress(`/holdings/${branch}`);
      },
    ],
    ["/rooms/{room}", /^\/rooms\/(?<room>\d+)$/, ({ room }) => askPress(`/bookings/${room}`)],
    [
      "/catalogue/feed",
      /^(?<path>\/catalogue\/feed)$/,
      async () => feed.of((await askPress("/edition")).edition),
    ],
    ["/cards/{card}", /^\/cards\/(?<card>[\w-]+)$/, ({ card }) => cards.find(card)],
  ],
  {
    onRequest: (line) => log.add(line),
    onClose: () => {
      log.close();
      cards.close();
    },
  },
);
