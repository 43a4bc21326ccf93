"use strict";
// Readers, and the staff at the counter: an open loop of planned times, seeded. Latency counts from the planned time.
const http = require("node:http");
const { parseArgs } = require("node:util");
const { BRANCHES } = require("./causes/call-numbers.js");
const { DOCUMENTS, TENANTS } = require("./causes/capitals.js");
const { CARDS } = require("./causes/card-index.js");
const { READERS_AT_ONCE } = require("./causes/stampede.js");
const { numbers, oneOf } = require("./random.js");
const { seed } = require("./settings.js");

const NOTARY_SHARE = 0.08;
const COUNTER_SHARE = 0.12;
const smallBranches = BRANCHES.filter((branch) => branch !== "depot");
const others = TENANTS.filter((tenant) => tenant !== "notary");

/** An endless sequence of moments: the paths that are asked for at once. 46 % searches, 50 % documents, 4 % shelves. */
exports.moments = function* moments(seedNumber) {
  const next = numbers(seedNumber, "readers");
  for (;;) {
    const kind = next();
    if (kind < 0.46) {
      const tenant = next() < NOTARY_SHARE ? "notary" : oneOf(next, others);
      yield {
        line: tenant === "notary" ? "search [notary]" : "search",
        paths: [`/tenants/${tenant}/search`],
      };
    } else if (kind < 0.96) {
      yield {
        line: "document",
        paths: [`/documents/${oneOf(next, TENANTS)}-${Math.floor(next() * DOCUMENTS)}`],
      };
    } else yield { line: "shelf", paths: Array.from({ length: READERS_AT_ONCE }, () => "/shelf") };
  }
};

/** The counter: each request is of one of five kinds, and of each kind 12 % are such as its cause makes slow. */
const COUNTER = {
  loans: (next, hit) => [`/readers/${hit ? "class" : "reader"}-${Math.floor(next() * 500)}/loans`],
  copy: (next, hit) => [`/copies/r${hit ? 7 : 1 + Math.floor(next() * 6)}-${Math.floor(next() * 300)}`],
  holdings: (next, hit) => [`/branches/${hit ? "depot" : oneOf(next, smallBranches)}/holdings`],
  room: (next, hit) => [`/rooms/${Math.floor(next() * 20)}`, ...(hit ? ["/catalogue/feed"] : [])],
  card: (next, hit) => [`/cards/${hit ? "old" : "new"}-${Math.floor(next() * CARDS)}`],
};

/** As `moments`, of the counter. */
exports.counterMoments = function* counterMoments(seedNumber) {
  const next = numbers(seedNumber, "counter");
  for (;;) {
    const kind = oneOf(next, Object.keys(COUNTER));
    const hit = next() < COUNTER_SHARE;
    yield { line: hit ? `${kind} [hit]` : kind, paths: COUNTER[kind](next, hit) };
  }
};

function main() {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: process.env.DESK_URL ?? "" },
      rate: { type: "string", default: process.env.LIBRARY_RATE ?? "10" },
      duration: { type: "string", default: "0" },
    },
  });
  const rate = Number(values.rate);
  const durationMs = Number(values.duration) * 1000;
  if (!(rate > 0 && rate <= 200) || !(durationMs >= 0)) {
    console.error("--rate must be between 0 and 200, --duration ≥ 0 (seconds; 0: until stopped)");
    process.exit(2);
  }
  const agent = new http.Agent({ keepAlive: true });
  // By turns, so that the counter adds moments and takes none from the readers.
  const sources = [exports.moments(seed()), exports.counterMoments(seed())];
  const lines = new Map();
  const started = performance.now();
  let planned = 0;
  let open = 0;
  let timer;
  let ended = false;

  function send(path, line, plannedAt) {
    open++;
    const entry = lines.get(line) ?? { ms: [], requests: 0, errors: 0 };
    lines.set(line, entry);
    let counted = false;
    const done = (ok) => {
      if (counted) return;
      counted = true;
      open--;
      entry.ms[entry.requests++ % 10_000] = performance.now() - plannedAt;
      if (!ok) entry.errors++;
      if (ended && open === 0) finish();
    };
    const request = http.get(`${values.url}${path}`, { agent, timeout: 30_000 }, (response) => {
      response.resume();
      response.once("end", () => done(response.statusCode === 200));
      response.once("error", () => done(false));
    });
    request.once("timeout", () => request.destroy(new Error("timeout")));
    request.once("error", () => done(false));
  }

  function tick() {
    for (;;) {
      const plannedAt = started + (planned * 1000) / (rate * sources.length);
      if (durationMs > 0 && plannedAt - started >= durationMs) return end();
      const left = plannedAt - performance.now();
      if (left > 0) {
        timer = setTimeout(tick, left);
        return;
      }
      const { line, paths } = sources[planned++ % sources.length].next().value;
      // Beyond this the desk is lost anyway.
      if (open < 300) for (const path of paths) send(path, line, plannedAt);
    }
  }

  function end() {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    if (open === 0) finish();
    else setTimeout(finish, 300);
  }

  let printed = false;
  function finish() {
    if (printed) return;
    printed = true;
    for (const [line, { ms, requests, errors }] of [...lines].sort(([a], [b]) => a.localeCompare(b))) {
      const sorted = ms.toSorted((a, b) => a - b);
      const at = (q) => (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0).toFixed(1);
      console.log(
        `${line.padEnd(18)} ${String(requests).padStart(6)} requests ${errors} errors  p50 ${at(0.5)}  p95 ${at(0.95)}  max ${at(1)} ms`,
      );
    }
    agent.destroy();
    if (process.connected) process.disconnect();
  }

  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.once("disconnect", end);
  tick();
}

if (require.main === module) main();
