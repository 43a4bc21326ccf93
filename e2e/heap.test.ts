// Heap profiles from the agent in a program to the answer of the query API.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { compress, encodeWindow } from "@hotspan/wire";
import { makeHeapWindow } from "@hotspan/wire/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startUp } from "./support/demo.ts";
import { until } from "./support/until.ts";

const agentFolder = join(import.meta.dirname, "../agent");
let up: Demo;

beforeAll(async () => {
  up = await startUp();
});
afterAll(async () => {
  await up?.stop();
});

function run(
  ending: string,
  service: string,
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
) {
  return spawn(
    process.execPath,
    [
      ...flags,
      "--import",
      join(agentFolder, "lib/register.mjs"),
      join(agentFolder, "test/apps/heap.cjs"),
      ending,
    ],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        HOTSPAN_ENDPOINT: up.run.ingestUrl,
        HOTSPAN_WINDOW_MS: "1000",
        HOTSPAN_HEAP_INTERVAL_BYTES: "16384",
        HOTSPAN_BUDGET: "off",
        TEST_SERVICE: service,
        ...env,
      },
      stdio: "ignore",
    },
  );
}

interface Top {
  readonly functions: readonly { readonly function: string; readonly self: number; readonly total: number }[];
}

async function top(service: string): Promise<Top["functions"]> {
  const base = up.run.url.replace(/\/$/, "");
  const response = await fetch(`${base}/api/v1/profiles/top?service=${service}&type=heap_inuse`);
  expect(response.status).toBe(200);
  return ((await response.json()) as Top).functions;
}

it("what a program keeps is found by the function that allocated it", async () => {
  const child = run("alive", "keeper", { HOTSPAN_HEAP: "on" });
  try {
    const functions = await until("a heap profile of keeper", 60_000, async () => {
      const found = await top("keeper");
      return found.length > 0 ? found : undefined;
    });
    expect(functions.find((one) => one.function === "remember")?.total).toBeGreaterThan(200_000);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

it("what a program died of is found after its death", async () => {
  const child = run("oom", "victim", { HOTSPAN_OOM: "on" }, ["--max-old-space-size=100"]);
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  expect(signal).toBe("SIGABRT");
  const functions = await until("a heap profile of victim", 60_000, async () => {
    const found = await top("victim");
    return found.length > 0 ? found : undefined;
  });
  expect(functions.find((one) => one.function === "remember")?.total).toBeGreaterThan(20_000_000);
});

it("a heap profile that cannot be read answers 400 bad_window", async () => {
  const window = makeHeapWindow({ stacks: [], startMillis: Date.now() - 1000 });
  const heap = { reason: "interval", intervalBytes: 1, pprof: Buffer.from("nonsense") } as const;
  const response = await fetch(`${up.run.ingestUrl}/v1/profiles`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "content-encoding": "zstd" },
    body: Buffer.from(await compress(encodeWindow({ ...window, heap }))),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "bad_window" });
});
