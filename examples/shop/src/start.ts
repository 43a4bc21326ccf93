// `npm start`: the shop alone, without Hotspan's command line. Arguments go to the load generator.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { shop, type ShopProgram } from "./index.ts";

const { stages, load } = shop();
const running: ChildProcess[][] = [];
const env: NodeJS.ProcessEnv = { ...process.env };
delete env["PORT"];

function start(program: ShopProgram, args: readonly string[] = []): ChildProcess {
  return fork(program.entry, args, {
    execArgv: [...program.execArgv],
    // The load stands for the users: nobody traces those.
    env: { ...env, ...program.env, ...(program === load ? { NODE_OPTIONS: "" } : {}) },
    // Ctrl-C is for this program, which ends the others in order.
    detached: true,
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

let stopping: Promise<void> | undefined;
/** The load first, then gateway, checkout, the others: nobody calls a service that is closing. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const stage of running.toReversed()) await Promise.all(stage.map(end));
  })();
  return stopping;
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());

/** Its address; undefined when it ended before it had one. */
async function listening(child: ChildProcess): Promise<string | undefined> {
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => [undefined]),
  ])) as [{ url: string } | undefined];
  return message?.url;
}

for (const stage of stages) {
  if (stopping !== undefined) break;
  const children = stage.map((service) => start(service));
  running.push(children);
  const urls = await Promise.all(children.map(listening));
  for (const [i, { name, urlVariable }] of stage.entries()) {
    const url = urls[i];
    if (url !== undefined) {
      console.log(`${name.padEnd(9)} ${url}`);
      if (urlVariable !== undefined) env[urlVariable] = url;
    } else if (stopping === undefined) {
      console.error(`${name} did not start`);
      process.exitCode = 1;
    }
  }
  if (urls.includes(undefined)) await stop();
}
if (stopping === undefined) {
  const child = start(load, process.argv.slice(2));
  running.push([child]);
  await once(child, "exit");
  await stop();
}
