/**
 * A profile as a busy Node.js service gives it, of as many nodes as asked for: long chains of middleware, wide fans where
 * work is spread, recursion, a heavy tail of self times. From a seed, so every tool draws the same.
 */
import type { Frame, Profile } from "@hotspan/query-api/types";
import { seeded } from "../overhead/statistics.ts";

const packages = [
  "express",
  "router",
  "body-parser",
  "pg",
  "pg-protocol",
  "ioredis",
  "@opentelemetry/sdk-trace-base",
  "zod",
  "ajv",
  "lodash",
  "date-fns",
  "undici",
  "pino",
  "graphql",
] as const;
const verbs = ["parse", "read", "write", "next", "handle", "visit", "resolve", "apply", "encode", "flush"];
const nouns = ["Row", "Body", "Layer", "Query", "Field", "Date", "Cart", "Span", "Schema", "Chunk", "Value"];

function framePool(next: () => number): readonly Frame[] {
  const frames: Frame[] = [];
  for (let i = 0; i < 1600; i++) {
    const verb = verbs[Math.floor(next() * verbs.length)] ?? "";
    const noun = nouns[Math.floor(next() * nouns.length)] ?? "";
    const name = `${verb}${noun}${i}`;
    const kind = next();
    if (kind < 0.35) {
      frames.push({ function: name, file: `src/${noun}.ts`, line: i, package: null, kind: "app" });
    } else if (kind < 0.85) {
      const from = packages[Math.floor(next() ** 2 * packages.length)] ?? "express";
      frames.push({ function: name, file: `lib/${noun}.js`, line: i, package: from, kind: "dependency" });
    } else if (kind < 0.97) {
      frames.push({ function: name, file: `node:internal/${noun}`, line: i, package: null, kind: "node" });
    } else
      frames.push({ function: "(garbage collector)", file: null, line: null, package: null, kind: "gc" });
  }
  return frames;
}

interface Grown {
  readonly frame: number;
  self: number;
  total: number;
  readonly children: Grown[];
}

/** A profile of exactly `count` nodes in the API's order: parents first, siblings the most expensive first. */
export function bigProfile(count: number, seed = 1): Profile {
  const next = seeded(seed);
  const frames = framePool(next);
  const anyFrame = (): number => Math.floor(next() ** 1.6 * frames.length);
  const root: Grown = { frame: frames.length, self: 0, total: 0, children: [] };
  const order: Grown[] = [root];
  // A node and how many more are to grow below it.
  const open: { readonly node: Grown; readonly room: number; readonly depth: number }[] = [
    { node: root, room: count - 1, depth: 0 },
  ];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { node, room, depth } = one;
    node.self = room === 0 ? Math.exp(next() * 5) : next() < 0.3 ? next() * 3 : 0;
    if (room === 0) continue;
    // Most frames call one other; where calls fan out, a few take most of what follows.
    const fan = Math.min(
      room,
      depth > 90 ? room : next() < 0.55 ? 1 : 2 + Math.floor(next() ** 3 * (depth < 4 ? 24 : 9)),
    );
    const weights = Array.from({ length: fan }, () => next() ** 4 + 0.002);
    const sum = weights.reduce((a, b) => a + b, 0);
    let left = room - fan;
    for (const [i, weight] of weights.entries()) {
      const share = i === fan - 1 ? left : Math.min(left, Math.floor(((room - fan) * weight) / sum));
      left -= share;
      const frame = node.frame < frames.length && next() < 0.04 ? node.frame : anyFrame();
      const child: Grown = { frame, self: 0, total: 0, children: [] };
      node.children.push(child);
      order.push(child);
      open.push({ node: child, room: share, depth: depth + 1 });
    }
  }
  const nodes = {
    frame: [] as number[],
    parent: [] as number[],
    self: [] as number[],
    total: [] as number[],
  };
  const samples: number[] = [];
  // Siblings of one function are one node; here they differ by frame, or the tree would shrink.
  sum(root);
  const emit: { readonly node: Grown; readonly parent: number }[] = [{ node: root, parent: -1 }];
  for (let one = emit.pop(); one !== undefined; one = emit.pop()) {
    const at = nodes.frame.push(one.node.frame) - 1;
    nodes.parent.push(one.parent);
    nodes.self.push(one.node.self);
    nodes.total.push(one.node.total);
    samples.push(Math.max(1, Math.round(one.node.total / 1e7)));
    const children = one.node.children.toSorted((a, b) => a.total - b.total);
    for (const child of children) emit.push({ node: child, parent: at });
  }
  return {
    type: "wall",
    unit: "nanoseconds",
    total: root.total,
    samples: samples[0] ?? 0,
    periodNano: 1e7,
    startUnixNano: "0",
    endUnixNano: "1",
    truncated: false,
    frames: [...frames, { function: "(root)", file: null, line: null, package: null, kind: "runtime" }],
    nodes: { ...nodes, samples },
  };
}

function sum(node: Grown): number {
  node.self = Math.round(node.self * 1e5);
  node.total = node.self;
  for (const child of node.children) node.total += sum(child);
  return node.total;
}
