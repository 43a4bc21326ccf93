import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { decodeWindow, decompress } from "@hotspan/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Child, runNode } from "./support/child.ts";
import { bytesOf, heapFrames } from "./support/heap.ts";
import { Receiver } from "./support/receiver.ts";
import { agentFolder, app, registerModule, runtimes } from "./support/runtimes.ts";

const receiver = Receiver.each();
let runtimeFolder: string;
let child: Child | undefined;
beforeEach(async () => {
  runtimeFolder = mkdtempSync(join(tmpdir(), "hotspan-run-"));
});
afterEach(async () => {
  child?.process.kill("SIGKILL");
  await child?.ended;
  child = undefined;
  rmSync(runtimeFolder, { recursive: true });
});

function start(
  ending: "alive" | "workers" | "worker-oom" | "exit" | "oom",
  env: Readonly<Record<string, string>>,
  { binary, flags = [] }: { readonly binary?: string; readonly flags?: readonly string[] } = {},
): Child {
  child = runNode(
    [...flags, "--import", registerModule, app("heap.cjs"), ending],
    {
      HOTSPAN_ENDPOINT: receiver.url,
      HOTSPAN_WINDOW_MS: "1000",
      HOTSPAN_HEAP_INTERVAL_BYTES: "16384",
      XDG_RUNTIME_DIR: runtimeFolder,
      ...env,
    },
    binary,
    agentFolder,
  );
  return child;
}

const heaps = () => receiver.windows.filter(({ heap }) => heap !== undefined);
const source = readFileSync(app("heap.cjs"), "utf8").split("\n");
const remember = {
  name: "remember",
  file: "test/apps/heap.cjs",
  line: source.findIndex((line) => line.startsWith("function remember")) + 1,
};
const LIMITED = ["--max-old-space-size=60"];
const runtimeFiles = (): string[] =>
  readdirSync(runtimeFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.replace(/^\d+/, "PID"));

test.for(runtimes)("what is alive is named by where it was allocated, Node $major", async ({ binary }) => {
  // What no collection has freed yet counts as alive: the program asks for one each time.
  start("alive", { HOTSPAN_HEAP: "on" }, { binary, flags: ["--expose-gc"] });
  await receiver.until(
    ({ windows }) => windows.some(({ heap }) => heap) && windows.some(({ heap }) => !heap),
  );
  const [window] = heaps();
  if (window === undefined) throw new Error("no heap profile");
  expect(window.heap).toMatchObject({ reason: "interval", intervalBytes: 16_384 });
  expect(heapFrames(window)).toContainEqual(remember);
  const kept = bytesOf(window, "remember");
  // Some 50 bytes for each of at least 5000.
  expect(kept).toBeGreaterThan(200_000);
  expect(bytesOf(window, "forget")).toBeLessThan(kept / 4);
  expect(bytesOf(window, "remember", "inuse_objects")).toBeGreaterThan(5000);
  // It lies within the window of ticks of its number, and is none itself.
  const { header } = window;
  const around = receiver.windows.find(({ heap, header: one }) => !heap && one.seq === header.seq)?.header;
  expect(header.start).toEqual(header.end);
  expect(header.start.epochNanos).toBeGreaterThan(around?.start.epochNanos ?? 0n);
  expect(header.start.epochNanos).toBeLessThan(around?.end.epochNanos ?? 0n);
  expect(window.ticks.state.length).toBe(0);
  expect(header.resource["service.name"]).toBe(around?.resource["service.name"]);
});

test("without being asked for, no heap is sampled", async () => {
  start("alive", {});
  await receiver.until(({ windows }) => windows.length >= 3);
  expect(heaps()).toEqual([]);
});

test("each thread has its own heap", async () => {
  start("workers", { HOTSPAN_HEAP: "on" });
  await receiver.until(() => new Set(heaps().map(({ header }) => header.threadId)).size === 2);
  for (const window of heaps()) expect(bytesOf(window, "remember")).toBeGreaterThan(0);
});

test("process.exit() within the first window sends a profile, too", async () => {
  const { ended } = start("exit", {
    HOTSPAN_HEAP: "on",
    HOTSPAN_OOM: "on",
    HOTSPAN_WINDOW_MS: "30000",
    HOTSPAN_EXIT_MS: "5000",
  });
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
  // Nor does it leave behind what a sender would have had to know.
  expect(runtimeFiles()).toEqual([]);
  expect(heaps().map((window) => bytesOf(window, "remember") > 0)).toEqual([true]);
});

test.for(runtimes)(
  "a process that dies of its heap's limit leaves its profile, Node $major",
  async ({ binary }) => {
    const { ended } = start("oom", { HOTSPAN_OOM: "on" }, { binary, flags: LIMITED });
    expect(await ended).toMatchObject({ code: null, signal: "SIGABRT" });
    // The sender outlives it only if it was spared long enough; mostly it has sent by now.
    await receiver.until(() => heaps().length > 0);
    const [window] = heaps();
    if (window === undefined) throw new Error("no heap profile");
    expect(window.heap?.reason).toBe("near_limit");
    expect(bytesOf(window, "remember")).toBeGreaterThan(20_000_000);
    // The addon writes names as they are, into JSON.
    expect(heapFrames(window).map(({ name }) => name)).toContain('say "hello"\\');
    expect(heapFrames(window)).toContainEqual(remember);
    const alive = receiver.windows.find(({ heap }) => !heap)?.header;
    expect(window.header).toMatchObject({ instance: alive?.instance, resource: alive?.resource });
    // What the sender had to know is gone with it.
    expect(runtimeFiles().filter((name) => /\.(limit|heap|part)/.test(name))).toEqual([]);
  },
);

test.for(runtimes)(
  "a worker that dies of its heap's limit leaves its profile, and the process lives on, Node $major",
  async ({ binary }) => {
    const program = start("worker-oom", { HOTSPAN_OOM: "on" }, { binary });
    await program.printed(/^worker: ERR_WORKER_OUT_OF_MEMORY$/m);
    await receiver.until(() => heaps().length > 0);
    const [window = expect.unreachable()] = heaps();
    expect(window.heap?.reason).toBe("near_limit");
    expect(bytesOf(window, "remember")).toBeGreaterThan(20_000_000);
    expect(heapFrames(window)).toContainEqual(remember);
    const { instance, threadId, resource } = window.header;
    const before = receiver.windows.find(({ heap, header }) => !heap && header.threadId === threadId)?.header;
    expect(before).toMatchObject({ instance, resource });
    expect(threadId).toBeGreaterThan(0);
    // Of dead threads nothing is left, neither of the one that was terminated.
    const files = (): string[] => runtimeFiles().filter((name) => name.includes(".limit"));
    const last = receiver.windows.filter(({ header }) => header.threadId === 0).length;
    await receiver.until(
      ({ windows }) => windows.filter(({ header }) => header.threadId === 0).length > last,
    );
    expect(files()).toEqual(["PID.limit"]);
    program.process.kill();
    expect((await program.ended).signal).toBe("SIGTERM");
    expect(files()).toEqual([]);
    expect(heaps()).toHaveLength(1);
  },
);

test("the agent's own sender is not sampled, though NODE_OPTIONS reaches it", async () => {
  const { ended } = start("oom", {
    HOTSPAN_OOM: "on",
    HOTSPAN_HEAP: "on",
    NODE_OPTIONS: `--import ${registerModule} --max-old-space-size=60`,
  });
  expect((await ended).signal).toBe("SIGABRT");
  await receiver.until(() => heaps().some(({ heap }) => heap?.reason === "near_limit"));
  expect(new Set(receiver.windows.map(({ header }) => header.instance)).size).toBe(1);
});

test("a profile near the limit goes into the folder of files, too", async () => {
  const folder = join(runtimeFolder, "windows");
  const { ended } = start("oom", { HOTSPAN_OOM: "on", HOTSPAN_FILES: folder }, { flags: LIMITED });
  expect((await ended).signal).toBe("SIGABRT");
  const reasons = async (): Promise<unknown[]> => {
    const windows = await Promise.all(
      readdirSync(folder).map(async (name) => {
        // What the program was writing as it died is cut off.
        const bytes = await decompress(readFileSync(join(folder, name)), "zstd").catch(() => undefined);
        return bytes === undefined ? undefined : decodeWindow(bytes);
      }),
    );
    return windows.map((window) => window?.heap?.reason).filter((reason) => reason !== undefined);
  };
  // Another process writes the profile, which may outlive this one.
  await expect.poll(reasons, { timeout: 60_000 }).toEqual(["near_limit"]);
});

test("a profile that could not be sent is sent by the next process, to where it was meant to go", async () => {
  const { url } = receiver;
  receiver.status = 503;
  const first = start("oom", { HOTSPAN_OOM: "on" }, { flags: LIMITED });
  expect((await first.ended).signal).toBe("SIGABRT");
  expect(runtimeFiles().filter((name) => name.endsWith(".heap"))).toHaveLength(1);

  const elsewhere = await Receiver.start();
  try {
    const other = start("alive", { HOTSPAN_OOM: "on", HOTSPAN_ENDPOINT: elsewhere.url });
    await elsewhere.until(({ windows }) => windows.length >= 2);
    expect(elsewhere.windows.filter(({ heap }) => heap !== undefined)).toEqual([]);
    other.process.kill("SIGKILL");
    await other.ended;
  } finally {
    await elsewhere.close();
  }

  receiver.status = 202;
  const next = start("alive", { HOTSPAN_OOM: "on", HOTSPAN_ENDPOINT: url });
  await receiver.until(({ windows }) => heaps().length > 0 && windows.some(({ heap }) => heap === undefined));
  const [window] = heaps();
  expect(window?.heap?.reason).toBe("near_limit");
  expect(window?.header.instance).not.toBe(receiver.windows.find(({ heap }) => !heap)?.header.instance);
  expect(runtimeFiles().filter((name) => name.endsWith(".heap"))).toEqual([]);
  next.process.kill("SIGTERM");
  await next.ended;
});

test.for(runtimes)("allocations are sampled where V8 can, Node $major", async ({ major, binary }) => {
  const { ended, process: own } = start("alive", { HOTSPAN_ALLOCATIONS: "on" }, { binary });
  if (major < 26) {
    await receiver.until(({ windows }) => windows.length >= 2);
    own.kill("SIGTERM");
    expect((await ended).stderr).toContain("HOTSPAN_AGENT_ALLOCATIONS_UNSUPPORTED");
    expect(heaps()).toEqual([]);
    return;
  }
  await receiver.until(() => heaps().length > 0);
  const [window] = heaps();
  if (window === undefined) throw new Error("no heap profile");
  // Four for one, and hardly any of it alive.
  expect(bytesOf(window, "forget", "alloc_space")).toBeGreaterThan(
    bytesOf(window, "remember", "alloc_space"),
  );
  expect(bytesOf(window, "forget", "alloc_objects")).toBeGreaterThan(20_000);
  expect(basename(heapFrames(window).find(({ name }) => name === "forget")?.file ?? "")).toBe("heap.cjs");
});
