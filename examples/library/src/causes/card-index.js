"use strict";
// Planted cause `card-index`: an asynchronous client behind a synchronous function.
//
// - where: desk, `GET /cards/{card}` → `readCardSync`
// - share: cards of the old index, 12 %; all others are in memory
// - truth: a worker thread asks the old index, which takes 140 ms, and the main thread sleeps in `Atomics.wait` until it has the
//   answer: no CPU, `blocked.sync` in `readCardSync`. Without the cause the old cards were copied at the start.
const { MessageChannel, receiveMessageOnPort, Worker } = require("node:worker_threads");

exports.CARDS = 400;
const LONGEST_MS = 5000;

exports.CardIndex = class CardIndex {
  #copied = new Map();
  #worker;
  #port;
  #signal = new Int32Array(new SharedArrayBuffer(4));

  /** @param {boolean} copied whether the old cards are in memory too */
  constructor(copied) {
    for (let n = 0; n < exports.CARDS; n++) {
      this.#copied.set(`new-${n}`, { reader: n, valid: true });
      if (copied) this.#copied.set(`old-${n}`, { reader: n, valid: true });
    }
    if (copied) return;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(require.resolve("../old-index.js"), {
      execArgv: [],
      workerData: { port: port2, signal: this.#signal },
      transferList: [port2],
    });
    this.#worker.unref();
  }

  /** @param {string} card */
  find(card) {
    return this.#copied.get(card) ?? this.readCardSync(card);
  }

  /** Callers of `find` are synchronous, and the old index has an asynchronous client only. */
  readCardSync(card) {
    if (this.#port === undefined) throw Object.assign(new Error(`no card ${card}`), { status: 404 });
    Atomics.store(this.#signal, 0, 0);
    this.#port.postMessage(card);
    if (Atomics.wait(this.#signal, 0, 0, LONGEST_MS) === "timed-out") {
      throw new Error(`the old index did not answer within ${LONGEST_MS} ms`);
    }
    return receiveMessageOnPort(this.#port).message;
  }

  close() {
    void this.#worker?.terminate();
  }
};
