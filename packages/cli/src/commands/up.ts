import { Access, isLoopback, TOKENS_FILE } from "@hotspan/access";
import { shop, type ShopProgram } from "@hotspan/example-shop";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { agentEnv } from "../agent-env.ts";
import { CliError, EXIT } from "../errors.ts";
import { Instance } from "../instance/instance.ts";
import { moduleUrl } from "../instance/locate.ts";
import type { UpOptions } from "../options.ts";
import type { Child } from "../process/child.ts";
import { onStop } from "../process/stopping.ts";
import { createProgress, type Progress } from "../text/progress.ts";
import { helpForRun } from "../text/run-help.ts";

/** The longest an end may take; whatever still runs then is killed. */
const LONGEST_STOP_MS = 4700;

/** Runs an instance until it is told to stop. Resolves with the exit code. */
export async function up(options: UpOptions, { demo }: { readonly demo: boolean }): Promise<number> {
  const progress = createProgress(process.stdout);
  const abort = new AbortController();
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const env = demo ? demoEnv(process.env, options.data) : process.env;
  const tokens = {
    token: env["HOTSPAN_TOKEN"],
    tokensFile: env["HOTSPAN_TOKENS_FILE"] || join(options.data, TOKENS_FILE),
  };
  if (options.insecureNoToken === true && !isLoopback(options.host) && !new Access(tokens).required)
    say(
      `Warning: everybody who reaches ${options.host} can read, send and delete data: no token is asked for (--insecure-no-token).`,
    );
  const instance = new Instance(options, { progress, signal: abort.signal, env, say });
  const stopAsked = new Promise<void>((resolve) => {
    onStop(
      () => {
        // A step that cannot be interrupted (a first download) must not hold up the end.
        setTimeout(() => {
          instance.kill();
          process.exit(EXIT.ok);
        }, LONGEST_STOP_MS).unref();
        abort.abort(new CliError("HOTSPAN_CLI_STOPPED", "stopped while starting"));
        resolve();
      },
      () => {
        say("forced: ending at once");
        instance.kill();
        process.exit(EXIT.failure);
      },
    );
  });
  try {
    await instance.start();
    if (demo) await startShop(instance, progress, env);
    abort.signal.throwIfAborted();
    const run = instance.publish();
    process.stdout.write(helpForRun(run, options));
    if (demo) process.stdout.write(`Hotspan is ready: ${run.url}\n`);
    await Promise.race([stopAsked, instance.broken]);
  } catch (error) {
    await instance.stop();
    if (error instanceof CliError && error.code === "HOTSPAN_CLI_STOPPED") return EXIT.ok;
    throw error;
  }
  await instance.stop();
  return EXIT.ok;
}

/** Where tokens are asked for, the example services need one of their own: it is kept nowhere. */
function demoEnv(env: NodeJS.ProcessEnv, data: string): NodeJS.ProcessEnv {
  const guarded = existsSync(env["HOTSPAN_TOKENS_FILE"] || join(data, TOKENS_FILE));
  return guarded && !env["HOTSPAN_TOKEN"]
    ? { ...env, HOTSPAN_TOKEN: randomBytes(32).toString("base64url") }
    : env;
}

async function startShop(instance: Instance, progress: Progress, base: NodeJS.ProcessEnv): Promise<void> {
  const env = agentEnv(shopBase(base), instance.run(), moduleUrl("agent"));
  // A demo should show its first profiles soon, not after the usual ten seconds.
  env["HOTSPAN_WINDOW_MS"] ??= "5000";
  const urls: NodeJS.ProcessEnv = {};
  const listed: { name: string; url: string }[] = [];
  const { stages, load } = shop();
  const child = (program: ShopProgram, base: NodeJS.ProcessEnv): Child => {
    const { name, entry, execArgv } = program;
    return instance.child({
      name,
      entry,
      execArgv,
      env: { ...base, ...urls, ...program.env },
      ...(program.urlVariable === undefined ? { listens: false } : { portVariable: "PORT" }),
    });
  };
  const names = stages.flatMap((stage) => stage.map(({ name }) => name)).reverse();
  await progress.step(`Example services: ${names.join(", ")}`, async () => {
    for (const stage of stages) {
      const started = stage.map((program) => ({ program, service: child(program, env) }));
      instance.addExamples(started.map(({ service }) => service));
      await Promise.all(started.map(({ service }) => service.start()));
      for (const { program, service } of started) {
        if (program.urlVariable !== undefined) urls[program.urlVariable] = service.url;
        listed.unshift({ name: program.name, url: service.url ?? "" });
      }
    }
    // The load stands for the users: nobody traces those.
    const users = child(load, { ...process.env, NODE_OPTIONS: "" });
    instance.addExamples([users]);
    await users.start();
  });
  instance.setDemo({ services: listed });
}

/** The demo sends to this instance, whatever the shell is set up for; its services listen where they like. */
function shopBase(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(env)) {
    if (!/^(OTEL_|PORT$|HOTSPAN_ENDPOINT$|HOTSPAN_KAFKA_BROKERS$)/.test(name)) result[name] = value;
  }
  return result;
}
