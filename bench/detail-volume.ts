/**
 * What the agent sends per busy thread and minute, with every request in detail against only the slow ones
 * (`HOTSPAN_DETAIL=slow`), what of it labels and stacks are, and how large the largest message is. One program, one run each. A minute is one of 99 busy ticks a
 * second; `busy` says whether the thread had its core: with less CPU the ticks are as many and the requests fewer. About 100 s. `node bench/detail-volume.ts [seconds] [out]`
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import {
  decodeWindow,
  decompress,
  encodeWindow,
  sampleTotals,
  subsetPprof,
  type Window,
} from "@hotspan/wire";

const SECONDS = Number(process.argv[2] ?? 32);
const HZ = 99;
const agentFolder = join(import.meta.dirname, "../agent");

const NOTHING = new Uint8Array(0);
const size = (window: Window): number => zstdCompressSync(encodeWindow(window)).length;

/** The window without the stacks of ticks that name no span: what merging stacks further could save at most. */
function withoutMergedStacks(window: Window): Window {
  const { ticks, labels, header, pprof } = window;
  const kept: number[] = [];
  const place = new Map<number, number>();
  const stack = ticks.stack.map((sample, i) => {
    if (sample === 0 || labels[(ticks.label[i] as number) - 1]?.traceId === "") return 0;
    let at = place.get(sample);
    if (at === undefined) place.set(sample, (at = kept.push(sample - 1)));
    return at;
  });
  const thinned = { ...ticks, stack };
  return {
    ...window,
    ticks: thinned,
    pprof: subsetPprof(pprof, kept, sampleTotals(thinned, header, kept.length)),
  };
}

interface Volume {
  readonly windows: number;
  /** CPU time of the thread over time: 1 if it had a core to itself. */
  readonly busy: number;
  /** kB of a busy minute. */
  readonly kilobytes: number;
  /** kB; the agent splits what would be above 512. */
  readonly largestMessage: number;
  readonly ofWhichLabels: number;
  readonly ofWhichStacks: number;
  readonly withoutMergedStacks: number;
  readonly labelRows: number;
  readonly stackSamples: number;
  readonly namedTickShare: number;
}

async function measure(env: Record<string, string>, hz = HZ): Promise<Volume> {
  const windows: { window: Window; bytes: number }[] = [];
  const receiver = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      if (request.method === "POST") {
        const window = decodeWindow(await decompress(body, request.headers["content-encoding"]));
        windows.push({ window, bytes: body.length });
      }
      response.writeHead(request.method === "POST" ? 202 : 404).end();
    })();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const { port } = receiver.address() as AddressInfo;
  const child = spawn(
    process.execPath,
    ["--import", join(agentFolder, "lib/register.mjs"), join(agentFolder, "test/apps/detail.cjs")],
    {
      env: { ...process.env, HOTSPAN_ENDPOINT: `http://127.0.0.1:${port}`, HOTSPAN_HZ: String(hz), ...env },
      stdio: "inherit",
    },
  );
  await delay(SECONDS * 1000);
  child.kill("SIGKILL");
  receiver.closeAllConnections();
  receiver.close();
  // In the first one code is compiled and thresholds are learnt.
  const counted = windows.slice(1);
  const sum = (of: (header: Window["header"]) => number): number =>
    counted.reduce((total, { window: { header } }) => total + of(header), 0);
  const minutes = sum(({ takenTicks }) => takenTicks) / (hz * 60);
  const wall = sum(({ start, end }) => Number(end.monotonicNanos - start.monotonicNanos));
  const perMinute = (of: (one: (typeof counted)[number]) => number): number =>
    counted.reduce((total, one) => total + of(one), 0) / minutes;
  const kilo = (of: (one: (typeof counted)[number]) => number): number =>
    Number((perMinute(of) / 1000).toFixed(1));
  const named = perMinute(
    ({ window: { ticks, labels } }) =>
      ticks.label.filter((row) => (labels[row - 1]?.traceId ?? "") !== "").length,
  );
  const labelled = perMinute(({ window }) => window.ticks.label.filter((row) => row > 0).length);
  return {
    windows: counted.length,
    busy: Number((sum(({ threadCpuNanos }) => threadCpuNanos) / wall).toFixed(2)),
    kilobytes: kilo(({ bytes }) => bytes),
    largestMessage: Number((Math.max(...windows.map(({ bytes }) => bytes)) / 1000).toFixed(1)),
    ofWhichLabels: kilo(({ window }) => {
      const bare = window.labels.map(
        (label) => ({ ...label, traceId: "", spanId: "", localRootId: "" }) as const,
      );
      return size(window) - size({ ...window, labels: bare });
    }),
    ofWhichStacks: kilo(({ window }) => size(window) - size({ ...window, pprof: NOTHING })),
    withoutMergedStacks: kilo(({ window }) => size(withoutMergedStacks(window))),
    labelRows: Math.round(perMinute(({ window }) => window.labels.length)),
    stackSamples: Math.round(perMinute(({ window }) => new Set(window.ticks.stack).size)),
    namedTickShare: Number((named / labelled).toFixed(3)),
  };
}

const result = {
  node: process.versions.node,
  hz: HZ,
  slowRequests: "4 % of the requests, 12 times the work of the others",
  all: await measure({ HOTSPAN_DETAIL: "all" }),
  slow: await measure({ HOTSPAN_DETAIL: "slow", HOTSPAN_SLOW_MS: "auto" }),
  // As dense as can be, ten times the rate of the others: what would be above 512 kB is split.
  densest: await measure({ HOTSPAN_WINDOW_MS: "10000", HOTSPAN_BUDGET: "off" }, 1000),
};
mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
writeFileSync(
  process.argv[3] ?? join(import.meta.dirname, "results/detail-volume.json"),
  `${JSON.stringify(result, undefined, 2)}\n`,
);
console.log(result);
