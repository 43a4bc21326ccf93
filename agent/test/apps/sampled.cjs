// `sampled` resolves when V8's sampler runs in this process, which on a busy machine may take the agent a while; after three seconds at the
// latest where it may not be meant to run. Elsewhere than on Linux there is no telling.
const { readdirSync, readFileSync } = require("node:fs");
const { setTimeout: delay } = require("node:timers/promises");

function samplerThreads() {
  try {
    return readdirSync("/proc/self/task").filter((id) =>
      readFileSync(`/proc/self/task/${id}/comm`, "utf8").startsWith("v8:Prof"),
    ).length;
  } catch {
    return 0;
  }
}

async function sampled(mostMillis = 3000) {
  const until = performance.now() + mostMillis;
  while (samplerThreads() === 0 && performance.now() < until) await delay(20);
}

module.exports = { sampled, samplerThreads };
