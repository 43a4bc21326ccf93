// `npm start`: the shop alone, without Hotspan's command line. Arguments go to the load generator.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { load, services, type ShopProgram } from "./index.ts";

const children: ChildProcess[] = [];
const env: NodeJS.ProcessEnv = { ...process.env };
delete env["PORT"];

function start(program: ShopProgram, args: readonly string[] = []): ChildProcess {
  const child = fork(program.entry, args, {
    execArgv: [...program.execArgv],
    env: { ...env, ...program.env },
    // Ctrl-C is for this program, which ends the others in order.
    detached: true,
  });
  children.push(child);
  return child;
}

let stopping: Promise<void> | undefined;
/** The load first, then gateway, checkout, pricing: nobody calls a service that is closing. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  })();
  return stopping;
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());

for (const service of services) {
  const child = start(service);
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => [undefined]),
  ])) as [{ url: string } | undefined];
  if (message === undefined) {
    if (stopping === undefined) {
      console.error(`${service.name} did not start`);
      process.exitCode = 1;
    }
    await stop();
    break;
  }
  console.log(`${service.name.padEnd(9)} ${message.url}`);
  if (service.urlVariable !== undefined) env[service.urlVariable] = message.url;
}
if (stopping === undefined) {
  await once(start(load, process.argv.slice(2)), "exit");
  await stop();
}
