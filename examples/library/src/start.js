"use strict";
// `npm start`: two presses, the desk and its readers. Arguments go to the readers (`load.js`).
const { fork } = require("node:child_process");
const events = require("node:events");
const path = require("node:path");

const children = [];

function start(file, { env = {}, args = [], traced = true } = {}) {
  const child = fork(path.join(__dirname, file), args, {
    execArgv: traced ? ["--require", path.join(__dirname, "telemetry.js")] : [],
    env: { ...process.env, PORT: "", ...env },
    // Ctrl-C is for this program, which ends the others in order.
    detached: true,
  });
  children.push(child);
  return child;
}

async function service(name, version, file, env = {}) {
  const child = start(file, {
    env: {
      ...env,
      OTEL_SERVICE_NAME: name,
      OTEL_RESOURCE_ATTRIBUTES: `service.namespace=library,service.version=${version}`,
    },
  });
  const [message] = await Promise.race([
    events.once(child, "message"),
    events.once(child, "exit").then(() => []),
  ]);
  if (message === undefined) throw new Error(`${name} ${version} did not start`);
  console.log(`${name} ${version} ${message.url}`);
  return message.url;
}

let stopping;
function stop() {
  stopping ??= (async () => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await events.once(child, "exit");
    }
  })();
  return stopping;
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());

async function main() {
  try {
    const presses = [];
    for (const version of ["2.4.0", "2.5.0"]) {
      presses.push(await service("press", version, "press.js", { LIBRARY_PRESS_VERSION: version }));
    }
    const desk = await service("desk", "7.1.0", "desk.js", { PRESS_URLS: presses.join(",") });
    const load = start("load.js", {
      env: { DESK_URL: desk, NODE_OPTIONS: "" },
      args: process.argv.slice(2),
      traced: false,
    });
    await events.once(load, "exit");
  } catch (error) {
    if (stopping === undefined) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
  await stop();
}
void main();
