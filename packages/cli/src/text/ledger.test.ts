import type { Ledger } from "@hotspan/query-api/types";
import { expect, test } from "vitest";
import { aligned, bar, renderLedger } from "./ledger.ts";

test("a bar has eighths of a character", () => {
  expect(bar(0)).toBe("");
  expect(bar(1)).toBe("█".repeat(24));
  expect(bar(0.5)).toBe("█".repeat(12));
  expect(bar(1 / 48)).toBe("▌");
  expect(bar(7)).toBe("█".repeat(24));
});

test("columns stand under each other, however many cells a row has", () => {
  expect(
    aligned(
      [
        ["a", "1", "x"],
        ["bcd", "22"],
      ],
      [1],
    ),
  ).toEqual(["a     1  x", "bcd  22"]);
});

test("a name cannot steer the terminal", () => {
  expect(aligned([["GET /\u001b[2J\n", "x"]])).toEqual(["GET /�[2J�  x"]);
});

const frame = {
  function: "buildCsv",
  file: "src/export.ts",
  line: 88,
  package: "shop",
  kind: "app",
} as const;

const ledger: Ledger = {
  state: "ready",
  spanId: "b6f10c2d94ea7715",
  service: "shop",
  instance: "c".repeat(32),
  thread: 0,
  startUnixNano: "1795442748000000000",
  durationNano: 500_000_000,
  coverage: {
    periodNano: 10_101_010,
    expectedTicks: 40,
    ticks: 41,
    lostTicks: 0,
    windows: 1,
    clockErrorNano: 0,
    method: "journal",
  },
  rows: [
    { class: "loop.held", nano: 300_000_000, low: 299_500_000, high: 300_500_000, share: 0.6, ticks: 30 },
    {
      class: "wait.child",
      nano: 200_000_000,
      low: 199_000_000,
      high: 201_000_000,
      share: 0.4,
      ticks: 0,
      parts: [
        { class: "remote", nano: 200_000_000, low: 199_000_000, high: 201_000_000, share: 0.4, ticks: 0 },
      ],
    },
  ],
  blame: [
    {
      endpoint: "POST /export",
      traceId: "d".repeat(32),
      spanId: "e".repeat(16),
      kind: "request",
      frame,
      nano: 300_000_000,
      low: 299_500_000,
      high: 300_500_000,
    },
  ],
  children: [
    {
      spanId: "f".repeat(16),
      name: "SELECT carts",
      kind: "db",
      openNano: 500_000_000,
      remoteNano: 200_000_000,
      networkNano: null,
      queuedNano: 0,
      loopReturnNano: { low: 0, high: 1_000_000 },
    },
  ],
};

test("a ledger in words: rows with their doubt, their sum, who held the loop, children", () => {
  expect(renderLedger(ledger)).toBe(
    [
      "                             ms     low–high    share",
      "Loop held by other work   300.0  299.5–300.5   60.0 %  ██████████████▍",
      "Waiting for a child span  200.0  199.0–201.0   40.0 %  █████████▋",
      "  Remote work             200.0  199.0–201.0   40.0 %",
      "Sum                       500.0               100.0 %",
      "",
      "Who held the loop, ms",
      `  POST /export  buildCsv src/export.ts:88  300.0  trace ${"d".repeat(32)}`,
      "",
      "Child spans, ms       open  queued  remote  network  loop lag on return",
      "  SELECT carts   db  500.0     0.0   200.0        ?             0.0–1.0",
      "",
      "41 ticks, 0 lost, of 1 window; edges by journal",
    ].join("\n"),
  );
});
