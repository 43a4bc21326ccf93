import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeWindow, decompress, type Window } from "@hotspan/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule } from "./support/runtimes.ts";

let folder: string;
/** Takes connections and never answers. */
let silent: Server;
const sockets = new Set<Socket>();
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-flush-"));
  silent = createServer((socket) => {
    sockets.add(socket);
    socket.resume().on("error", () => {});
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => silent.close(resolve));
  rmSync(folder, { recursive: true });
});

async function ends(ending: "natural" | "exit" | "signal", env: Record<string, string>) {
  const child = runNode(["--import", registerModule, app("life.cjs"), ending], {
    HOTSPAN_WINDOW_MS: "30000",
    ...env,
  });
  if (ending === "signal") {
    await child.printed(/READY/);
    child.process.kill("SIGTERM");
  }
  const { code, signal, stderr } = await child.ended;
  expect({ code, signal }).toEqual(
    {
      natural: { code: 0, signal: null },
      exit: { code: 3, signal: null },
      signal: { code: null, signal: "SIGTERM" },
    }[ending],
  );
  return stderr;
}

const address = (): string => `127.0.0.1:${(silent.address() as AddressInfo).port}`;
const ways: Record<string, () => Record<string, string>> = {
  "nobody listens, HTTP": () => ({ HOTSPAN_ENDPOINT: "http://127.0.0.1:1" }),
  "nobody answers, HTTP": () => ({ HOTSPAN_ENDPOINT: `http://${address()}` }),
  "nobody answers, HTTPS": () => ({ HOTSPAN_ENDPOINT: `https://${address()}` }),
  "nobody listens, Kafka": () => ({ HOTSPAN_KAFKA_BROKERS: "127.0.0.1:1" }),
  "nobody answers, Kafka": () => ({ HOTSPAN_KAFKA_BROKERS: address() }),
  "nobody answers, Kafka over TLS": () => ({
    HOTSPAN_KAFKA_BROKERS: address(),
    HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SSL",
  }),
  "the folder cannot be made": () => ({ HOTSPAN_FILES: "/proc/nowhere" }),
};

// A receiver that is waited for would hold the program for ever: these never come back.
test.for(
  Object.keys(ways).flatMap((way) =>
    (["natural", "exit", "signal"] as const).map((ending) => [way, ending] as const),
  ),
)("%s: the program ends all the same, %s", async ([way, ending]) => {
  expect(await ends(ending, ways[way]?.() ?? {})).toBe("");
});

test.for([429, 503])(
  "%i with Retry-After: the window comes again when it was asked to, and once",
  async (status) => {
    const receiver = await Receiver.start();
    receiver.status = status;
    receiver.headers = { "retry-after": "2" };
    const child = runNode(["--import", registerModule, app("modes.cjs")], {
      HOTSPAN_ENDPOINT: receiver.url,
      HOTSPAN_WINDOW_MS: "500",
    });
    try {
      await receiver.until((r) => r.requests.length >= 1);
      const began = performance.now();
      receiver.status = 202;
      await receiver.until((r) => r.received.length >= 3);
      // Less the clock of a busy machine; without the header it would come within 1 s.
      expect(performance.now() - began).toBeGreaterThan(1500);
      expectComplete(receiver.windows);
    } finally {
      child.process.kill("SIGKILL");
      await child.ended;
      await receiver.close();
    }
  },
);

test.for(["natural", "exit", "signal"] as const)("windows are kept as files, %s", async (ending) => {
  const inside = join(folder, "a", "windows");
  expect(await ends(ending, { HOTSPAN_FILES: inside })).toBe("");
  const names = readdirSync(inside);
  expect(names.length).toBeGreaterThan(0);
  expect(statSync(inside).mode & 0o777).toBe(0o700);
  const windows: Window[] = [];
  for (const name of names.toSorted()) {
    expect(name).toMatch(/^\d{8}T\d{9}Z-[0-9a-f]{32}-0-\d+-\d+\.window\.zst$/);
    expect(statSync(join(inside, name)).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(join(inside, name));
    expect(name).toContain(`-${bytes.length}.window.zst`);
    windows.push(decodeWindow(await decompress(bytes, "zstd")));
  }
  expectComplete(windows);
});

test("a loop too crowded to encode its windows in time gets longer ones, and none is lost", async () => {
  const receiver = await Receiver.start();
  const { ended } = runNode(["--import", registerModule, app("crowded.cjs")], {
    HOTSPAN_ENDPOINT: receiver.url,
    HOTSPAN_WINDOW_MS: "500",
    HOTSPAN_BUDGET: "off",
  });
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
  await receiver.close();
  const { windows } = receiver;
  expectComplete(windows);
  const lengths = windows.map(({ header: { start, end } }) =>
    Number(end.monotonicNanos - start.monotonicNanos),
  );
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(5e9);
});
