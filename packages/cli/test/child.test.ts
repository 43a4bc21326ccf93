import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "../src/process/alive.ts";
import { Child } from "../src/process/child.ts";
import { LogFile } from "../src/process/log-file.ts";

let folder: string;
let child: Child | undefined;
let events: string[];
let restarted: () => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-child-"));
  events = [];
  restarted = () => undefined;
});
afterEach(async () => {
  await child?.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

function supervise(mode: string): Child {
  child = new Child(
    {
      name: "server",
      entry: fileURLToPath(new URL("fixtures/server.mjs", import.meta.url)),
      args: [mode],
      env: { ...process.env, HOTSPAN_PORT: "0" },
      log: new LogFile(join(folder, "server.log")),
      portVariable: "HOTSPAN_PORT",
    },
    {
      restarting: (name, how, delayMs) => events.push(`${name} ${how}, again in ${delayMs}`),
      restarted: () => restarted(),
    },
  );
  return child;
}

test("a child that dies is started again on the same port, later each time", async () => {
  const server = supervise("serve");
  await server.start();
  const { url, pid } = server;
  for (let i = 0; i < 2; i++) {
    const again = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    await expect(fetch(`${url}/crash`)).rejects.toThrow();
    await again;
  }
  expect(server.url).toBe(url);
  expect(server.pid).not.toBe(pid);
  expect(await (await fetch(`${url}`)).text()).toBe(String(server.pid));
  expect(events).toEqual([
    "server ended with exit code 7, again in 250",
    "server ended with exit code 7, again in 500",
  ]);
});

test("a child that cannot start is an error with its last lines, and is not started again", async () => {
  const server = supervise("die");
  await expect(server.start()).rejects.toMatchObject({
    code: "HOTSPAN_CLI_CHILD_FAILED",
    message: expect.stringMatching(/exit code 3[\s\S]*no database there/) as string,
  });
  expect(events).toEqual([]);
});

test("a child that ignores SIGTERM is killed after its patience", async () => {
  const server = supervise("hang");
  await server.start();
  const { pid = 0 } = server;
  await server.stop(200);
  expect(isAlive(pid)).toBe(false);
  expect(readFileSync(join(folder, "server.log"), "utf8")).toContain("not yet");
  expect(events).toEqual([]);
});
