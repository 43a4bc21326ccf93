import { describe, expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerCommonJs, registerModule } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

const receiver = Receiver.each();

/** One window of 30 s: what arrives was flushed at the end. */
const env = (): Record<string, string> => ({
  HOTSPAN_ENDPOINT: receiver.url,
  HOTSPAN_WINDOW_MS: "30000",
  // On a busy machine half a second may not do.
  HOTSPAN_EXIT_MS: "10000",
});

/** Of thirty that a free processor gives. */
const enough = 3;

const spinTicks = (): number =>
  receiver.windows
    .flatMap((window) => tickStacks(window))
    .filter((stack) => stack.some((name) => name === "spin")).length;

test("a normal end keeps its exit code and loses no window", async () => {
  const { code, signal, stdout } = await runNode(
    ["--import", registerModule, app("life.cjs"), "beforeExitListener"],
    env(),
  ).ended;
  expect({ code, signal, stdout }).toEqual({ code: 5, signal: null, stdout: "beforeExit\n" });
  expect(spinTicks()).toBeGreaterThan(enough);
});

test("process.exit() keeps its code and loses no window, also when the agent comes by NODE_OPTIONS", async () => {
  const { code, stderr } = await runNode([app("life.cjs"), "exit"], {
    ...env(),
    NODE_OPTIONS: `--require ${registerCommonJs}`,
  }).ended;
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  expect(spinTicks()).toBeGreaterThan(enough);
});

test("an uncaught exception ends the program as ever and loses no window", async () => {
  const { code, stderr } = await runNode(["--import", registerModule, app("life.cjs"), "throw"], env()).ended;
  expect(code).toBe(1);
  expect(stderr).toContain("Error: deliberate");
  expect(spinTicks()).toBeGreaterThan(enough);
});

test("process.exit() is not held when no window can be sent", async () => {
  const { url } = receiver;
  await receiver.close();
  const { code, stderr } = await runNode(["--import", registerModule, app("life.cjs"), "exit"], {
    HOTSPAN_ENDPOINT: url,
    HOTSPAN_WINDOW_MS: "30000",
  }).ended;
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
});

describe("SIGTERM", () => {
  const terminate = async (ending: string) => {
    const child = runNode(["--import", registerModule, app("life.cjs"), ending], env());
    await child.printed(/READY/);
    child.process.kill("SIGTERM");
    return child.ended;
  };

  test("kills a program without handlers, after its last window was sent", async () => {
    expect(await terminate("signal")).toMatchObject({ code: null, signal: "SIGTERM", stderr: "" });
    expect(spinTicks()).toBeGreaterThan(enough);
  });

  test("is left to the application's handler", async () => {
    expect(await terminate("handler")).toMatchObject({ code: 7, signal: null, stdout: "READY\nhandled\n" });
    expect(spinTicks()).toBeGreaterThan(enough);
  });

  test("a handler that calls process.exit() loses no window", async () => {
    expect(await terminate("handlerExits")).toMatchObject({ code: 9, signal: null });
    expect(spinTicks()).toBeGreaterThan(enough);
  });

  test("does not kill behind a once handler that was put first", async () => {
    expect(await terminate("prependedOnce")).toMatchObject({
      code: 0,
      signal: null,
      stdout: "READY\nhandled\ngraceful\n",
    });
    expect(spinTicks()).toBeGreaterThan(enough);
  });

  test("kills where a handler re-raises only if it is alone", async () => {
    expect(await terminate("reraise")).toMatchObject({ code: null, signal: "SIGTERM" });
  });
});
