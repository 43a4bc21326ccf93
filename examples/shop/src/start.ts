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
  });
  children.push(child);
  return child;
}

let stopping = false;
function stop(): void {
  stopping = true;
  for (const child of children) child.kill("SIGTERM");
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

for (const service of services) {
  const child = start(service);
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => [undefined]),
  ])) as [{ url: string } | undefined];
  if (message === undefined) {
    if (!stopping) console.error(`${service.name} did not start`);
    process.exitCode = stopping ? 0 : 1;
    stop();
    break;
  }
  console.log(`${service.name.padEnd(9)} ${message.url}`);
  if (service.urlVariable !== undefined) env[service.urlVariable] = message.url;
}
if (!stopping) {
  await once(start(load, process.argv.slice(2)), "exit");
  stop();
}
