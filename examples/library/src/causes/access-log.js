"use strict";
// Planted cause `access-log`: no request, but a timer holds the loop.
//
// - where: desk, every 3 s `flushLog` packs the last 36,000 lines of the log and writes them, synchronously
// - share: requests that wait for press at that moment: each waits 150 ms of every 3 s, so 5 % of `GET /documents/{document}`
// - truth: ~150 ms of CPU that belongs to no span; whoever resumes behind it lost what was left of it as `loop.held`, blamed on
//   no request but on `flushLog`. Without the cause only the new lines are written.
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { gzipSync } = require("node:zlib");

const EVERY_MS = 3000;
const KEPT = 36_000;

exports.AccessLog = class AccessLog {
  #folder = mkdtempSync(path.join(tmpdir(), "library-log-"));
  #lines = [];
  #whole;
  #timer;

  /** @param {boolean} whole whether a flush packs all kept lines instead of the new ones */
  constructor(whole) {
    this.#whole = whole;
    if (whole) {
      for (let n = 0; n < KEPT; n++) {
        this.add({ path: `/documents/city-${n % 40}`, status: 200, ms: ((n * 7919) % 997) / 10 });
      }
    }
    this.#timer = setInterval(() => this.flushLog(), EVERY_MS);
  }

  add(line) {
    this.#lines.push({ at: new Date().toISOString(), reader: (this.#lines.length * 7919) % 10_007, ...line });
    if (this.#lines.length > KEPT) this.#lines.shift();
  }

  flushLog() {
    const text = this.#lines.map((line) => JSON.stringify(line)).join("\n");
    writeFileSync(path.join(this.#folder, "access.log.gz"), gzipSync(text, { level: 9 }));
    if (!this.#whole) this.#lines = [];
  }

  close() {
    clearInterval(this.#timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }
};
