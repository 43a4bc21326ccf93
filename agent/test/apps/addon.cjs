// Calls everything the addon in argv[2] has, in a worker thread, whose loop is its own. Prints what it said as JSON.
const { pbkdf2 } = require("node:crypto");
const { parentPort, Worker, workerData } = require("node:worker_threads");

if (parentPort === null) {
  const worker = new Worker(__filename, { workerData: process.argv[2] });
  worker.on("message", (seen) => process.stdout.write(JSON.stringify(seen)));
} else {
  const addon = require(workerData);
  const blocked = addon.block();
  const requests = [addon.requests()];
  const before = Date.now();
  const epochMillis = Number(addon.epochNanos() / 1_000_000n);
  const clock = before <= epochMillis && epochMillis <= Date.now();
  let left = 4;
  for (let i = 0; i < 4; i++)
    pbkdf2("p", "s", 1000, 32, "sha256", () => {
      if (--left > 0) return;
      requests.push(addon.requests());
      parentPort.postMessage({ blocked, requests, clock });
    });
  requests.push(addon.requests());
}
