import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { LongestFirst } from "./tools/longest-first.ts";

const packages = "{agent,correlator,query-api,ui,packages/*,examples/*}";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";

/** Two for a core: most of the time they wait, for servers to start and windows to end. */
const workers = Math.min(2 * availableParallelism(), 8);

/** Of three other profilers, 186 MB, that each say one sentence. */
const nightlyOnly = ["agent/test/peers.test.ts"];

/** Of agents in programs that the clock decides about: not more of them at once than there are processors. */
const timed = ["labelling", "quiet-loop", "safety", "facts", "pool-probe", "frames", "journal"].map(
  (name) => `agent/test/${name}.test.ts`,
);

/**
 * What is judged there is the system under its own load: no other test runs beside them. The soak of some seconds asks only whether
 * anything was lost.
 */
const alone = [
  "e2e/demo.test.ts",
  "e2e/rootcause/root-cause.test.ts",
  "e2e/truth/system.test.ts",
  ...(nightly ? ["e2e/soak/soak.test.ts"] : []),
];

/** What writes and what reads, over a store of two shards; each `cluster.test.ts` is the small cut of it. */
const shards = {
  extends: true as const,
  test: {
    name: "shards",
    sequence: { groupOrder: 4 },
    include: ["{correlator,query-api}/test/**/*.test.ts", "packages/store/test/sql-docs.test.ts"],
    exclude: [
      "**/cluster.test.ts",
      // A table of spans on one of the servers alone is nothing that a cluster can read.
      "query-api/test/foreign-spans.test.ts",
      // Statements that fail on all shards at once may end embedded servers (packages/store/src/testing.ts).
      "query-api/test/hostile-sql.test.ts",
      // Of a single server (docs/cluster.md): deletion, a small disk, and a proxy between it and the correlator.
      "correlator/test/{deletion,disk-full,trouble}.test.ts",
    ],
    env: { HOTSPAN_TEST_SHARDS: "2" },
    pool: "forks" as const,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Each of them has two servers.
    maxWorkers: 1,
  },
};

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ["hotspan-source"] },
  ssr: { resolve: { conditions: ["hotspan-source"] } },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // Beside the integration tests, which leave the processors idle now and then.
          sequence: { groupOrder: 2 },
          include: [`${packages}/src/**/*.test.{ts,tsx}`],
          pool: "forks",
          // A hang, not a measure: other suites may want the same two cores.
          testTimeout: 60_000,
          maxWorkers: workers,
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          sequence: { groupOrder: 1 },
          include: timed,
          pool: "forks",
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: Math.min(availableParallelism(), 4),
        },
      },
      {
        // Real processes: ClickHouse, Kafka, agents in child processes.
        extends: true,
        test: {
          name: "integration",
          sequence: { groupOrder: 2 },
          include: [`${packages}/test/**/*.test.ts`, "e2e/**/*.test.ts"],
          exclude: [...timed, ...alone, ...(nightly ? [] : nightlyOnly)],
          globalSetup: "e2e/support/unpack-browser.ts",
          pool: "forks",
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: workers,
        },
      },
      ...(nightly || process.env["HOTSPAN_TEST_SHARDS"] !== undefined ? [shards] : []),
      {
        // The whole system, and a browser.
        extends: true,
        test: {
          name: "e2e",
          // After all others: it is the demo under load that is looked at, not the machine under tests.
          sequence: { groupOrder: 3 },
          include: alone,
          globalSetup: "e2e/support/unpack-browser.ts",
          pool: "forks",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
    reporters: ["default", "./tools/closing-line.ts"],
  },
});

export default config;
