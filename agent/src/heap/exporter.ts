// A program of its own: `node heap-exporter.mjs CONTEXT PROFILE`, started by the sampler's addon when the heap of its process is about
// to pass its limit. It has 5 s, then it is killed; nobody sees what it prints.
import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { readConfig } from "../config.ts";
import { clockPair } from "../facts/clock.ts";
import { SourceMaps } from "../source-maps/source-maps.ts";
import { openTransport } from "../transport/open.ts";
import { FileNames } from "../window/file-names.ts";
import { leaveBehind } from "./left-behind.ts";
import type { LimitContext } from "./limit-context.ts";
import { heapMessage } from "./message.ts";
import { readHeapTree } from "./read-tree.ts";

const MAPS_MILLIS = 1000;
const SEND_MILLIS = 2500;
/** The process that knew which window it was in cannot be asked any more. */
const UNKNOWN_SEQ = 0xffff_ffff;

async function run(contextPath: string, profilePath: string): Promise<void> {
  const clock = clockPair();
  const [context, root] = await Promise.all([
    readFile(contextPath, "utf8").then((text) => JSON.parse(text) as LimitContext),
    readFile(profilePath, "utf8").then(readHeapTree),
  ]);
  // A process that is spared writes it anew.
  await rm(contextPath, { force: true });
  const maps = context.sourceMaps ? new SourceMaps() : undefined;
  await maps?.prepare([root], MAPS_MILLIS);
  const message = await heapMessage(
    {
      root,
      reason: "near_limit",
      kind: "inuse",
      clock,
      durationNanos: 0n,
      intervalBytes: context.intervalBytes,
      facts: { ...context.facts, seq: UNKNOWN_SEQ },
      stallNanos: 0,
    },
    { files: new FileNames(context.folder), maps },
  );
  maps?.close();
  if (message === undefined) return;
  const transport = await openTransport(readConfig(context.options));
  const left = await leaveBehind(dirname(contextPath), transport.destination, message);
  const outcome = await transport.send(message, SEND_MILLIS);
  if (outcome.kind === "sent" || outcome.kind === "refused") await rm(left, { force: true });
  await transport.close();
}

const [, , contextPath = "", profilePath = ""] = process.argv;
// The agent's connections and workers hold no process.
const alive = setTimeout(() => {}, 4500);
void run(contextPath, profilePath).then(
  () => clearTimeout(alive),
  () => {
    clearTimeout(alive);
    process.exitCode = 1;
  },
);
