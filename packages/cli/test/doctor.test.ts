import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, until } from "./support/hotspan.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const base = mkdtempSync(join(tmpdir(), "hotspan-doctor-"));
const folder = join(base, `hotspan-${process.getuid?.()}`);
const env = { XDG_RUNTIME_DIR: base, HOTSPAN_DATA: join(base, "data") };
const receiver = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(202).end());
});
const children: ChildProcess[] = [];

// Works in a span every 20 ms until it is killed.
const PROGRAM = `
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
new NodeTracerProvider().register();
const tracer = require("@opentelemetry/api").trace.getTracer("t");
setInterval(() => tracer.startActiveSpan("work", (span) => {
  for (const end = performance.now() + 5; performance.now() < end; );
  span.end();
}), 20);`;

function run(args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: join(repository, "agent"),
    env: {
      ...process.env,
      ...env,
      HOTSPAN_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
      HOTSPAN_WINDOW_MS: "500",
      HOTSPAN_TOKEN: "secret",
      ...more,
    },
    stdio: "ignore",
  });
  children.push(child);
  return child;
}

const agent = ["--require", join(repository, "agent/lib/register.cjs"), "-e", PROGRAM];
const status = (child: ChildProcess): string => join(folder, `${child.pid}.json`);

beforeAll(() => new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  receiver.closeAllConnections();
  receiver.close();
  rmSync(base, { recursive: true });
});

test("a process' agent is asked without touching it, and listed until the process is dead", async () => {
  const child = run(agent);
  await until("its status is there", () => existsSync(status(child)));
  await until("a window was sent", async () => {
    const { stdout } = await hotspan(["doctor", "--pid", String(child.pid)], env);
    return /[1-9]\d* sent/.test(stdout);
  });
  const { code, stdout } = await hotspan(["doctor", "--pid", String(child.pid)], env);
  expect(code).toBe(0);
  expect(stdout).toContain(`in pid ${child.pid} of unknown_service`);
  expect(stdout).toContain(`Node ${process.versions.node}`);
  expect(stdout).toContain("collecting: 99 samples per second, windows of 0.5 s");
  expect(stdout).toContain("labels by AsyncContextFrame");
  expect(stdout).toContain('"token":"(set)"');
  expect(stdout).not.toContain("secret");
  expect((await hotspan(["doctor"], env)).stdout).toContain(`agent in pid ${child.pid} of unknown_service`);

  child.kill("SIGKILL");
  await until("it is dead", () => child.signalCode !== null);
  expect(existsSync(status(child))).toBe(true);
  const gone = await hotspan(["doctor", "--pid", String(child.pid)], env);
  expect(gone.code).toBe(1);
  expect(gone.stderr).toContain("[HOTSPAN_CLI_NO_PROCESS]");
  expect((await hotspan(["doctor"], env)).stdout).not.toContain(`pid ${child.pid}`);
  expect(readdirSync(folder)).toEqual([]);
});

test("a process without an agent is told apart from one whose agent waits or is off", async () => {
  const ask = async (child: ChildProcess): Promise<string> => {
    await until("it runs", () => child.pid !== undefined);
    const { code, stderr } = await hotspan(["doctor", "--pid", String(child.pid)], env);
    expect(code).toBe(1);
    return stderr;
  };
  const idle = "setInterval(() => {}, 1000)";
  const without = await ask(run(["-e", idle]));
  expect(without).toContain("[HOTSPAN_CLI_NO_AGENT]");
  const register = join(repository, "agent/lib/register.cjs");
  // What is known of a process' command line and environment is Linux's.
  if (process.platform !== "linux") return;
  expect(without).toContain("neither its command line nor NODE_OPTIONS loads it");
  expect(await ask(run(["--require", register, "-e", idle]))).toContain("it is loaded and waits");
  expect(await ask(run(agent, { HOTSPAN_ENABLED: "off" }))).toContain("HOTSPAN_ENABLED switches it off");
});

test("a pid is a number", async () => {
  const { code, stderr } = await hotspan(["doctor", "--pid", "node"], env);
  expect(code).toBe(2);
  expect(stderr).toContain("A process id is a number above 0.");
});
