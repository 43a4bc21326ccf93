"use strict";
// A thread of the desk: asks the old card index for a card and wakes who sleeps until it is there.
const { setTimeout: passes } = require("node:timers/promises");
const { workerData } = require("node:worker_threads");

/** Somebody else's machine: all that is seen of it is that its answer takes time. */
const ANSWER_MS = 140;

const { port, signal } = workerData;
port.on("message", async (card) => {
  await passes(ANSWER_MS);
  port.postMessage({ reader: Number(card.split("-")[1]), valid: true });
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
