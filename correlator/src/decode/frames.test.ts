import { describe, expect, it } from "vitest";
import { classifyFrame, FrameKind } from "./frames.ts";
import { dayPartition, mondayPartition } from "./partition.ts";

describe("classifyFrame", () => {
  it.each<[string, string, string, keyof typeof FrameKind]>([
    ["handler", "src/routes/cart.js", "", "app"],
    ["handler", "/srv/app/server.mjs", "", "app"],
    ["handler", "file:///srv/app/server.mjs", "", "app"],
    ["handler", "C:\\app\\server.js", "", "app"],
    ["handler", "my_node_modules/cart.js", "", "app"],
    ["route", "node_modules/fastify/lib/route.js", "fastify", "dependency"],
    ["route", "/app/node_modules/a/node_modules/b/index.js", "b", "dependency"],
    ["route", "file:///app/node_modules/@scope/pkg/dist/x.js", "@scope/pkg", "dependency"],
    ["route", "C:\\app\\node_modules\\@scope\\pkg\\x.js", "@scope/pkg", "dependency"],
    ["route", "node_modules/.pnpm/fastify@5.0.0/node_modules/fastify/lib/route.js", "fastify", "dependency"],
    [
      "route",
      "node_modules/.pnpm/@scope+pkg@1.2.3_x@1/node_modules/@scope/pkg/i.js",
      "@scope/pkg",
      "dependency",
    ],
    ["route", "node_modules/.pnpm/@scope+pkg@1.2.3/index.js", "@scope/pkg", "dependency"],
    ["", "node_modules/sharp/build/Release/sharp.node", "sharp", "native"],
    ["", "/usr/lib/libcrypto.so.3", "", "native"],
    ["f", "wasm://wasm/0002a1", "", "native"],
    ["readFileSync", "node:fs", "node", "node"],
    ["processTicksAndRejections", "node:internal/process/task_queues", "node", "node"],
    ["parse", "", "v8", "v8"],
    ["(garbage collector)", "", "v8", "gc"],
    ["(program)", "", "node", "runtime"],
    ["(anonymous)", "", "", "app"],
    ["", "", "", "app"],
    ["x", "evalmachine.<anonymous>", "", "app"],
    ["x", "node_modules/", "", "app"],
    ["x", "node_modules/@scope/", "", "app"],
  ])("%s of %s", (name, file, packageName, kind) => {
    expect(classifyFrame(name, file)).toEqual({ package: packageName, kind: FrameKind[kind] });
  });
});

describe("Partition ids", () => {
  it.each([
    ["1970-01-01T00:00:00Z", "19700101", "19691229"],
    ["2026-11-23T00:00:00Z", "20261123", "20261123"],
    ["2026-11-29T23:59:59Z", "20261129", "20261123"],
    ["2024-02-29T12:00:00Z", "20240229", "20240226"],
  ])("of %s are %s, by week %s", (time, day, monday) => {
    expect([dayPartition(Date.parse(time)), mondayPartition(Date.parse(time))]).toEqual([day, monday]);
  });
});
