import { defineConfig, type ViteUserConfig } from "vitest/config";

const packages = "{agent,correlator,query-api,ui,packages/*,examples/*}";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";

/** Of three other profilers, 186 MB, that each say one sentence. */
const nightlyOnly = ["agent/test/peers.test.ts"];

/** What writes and what reads, over a store of two shards; each `cluster.test.ts` is the small cut of it. */
const shards = {
  extends: true as const,
  test: {
    name: "shards",
    sequence: { groupOrder: 1 },
    include: ["{correlator,query-api}/test/**/*.test.ts", "packages/store/test/sql-docs.test.ts"],
    exclude: [
      "**/cluster.test.ts",
      // A table of spans on one of the servers alone is nothing that a cluster can read.
      "query-api/test/foreign-spans.test.ts",
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
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: [`${packages}/src/**/*.test.{ts,tsx}`],
          pool: "forks",
          // A hang, not a measure: other suites may want the same two cores.
          testTimeout: 60_000,
        },
      },
      {
        // Real processes: ClickHouse, Kafka, agents in child processes.
        extends: true,
        test: {
          name: "integration",
          sequence: { groupOrder: 1 },
          include: [`${packages}/test/**/*.test.ts`],
          exclude: nightly ? [] : nightlyOnly,
          pool: "forks",
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      ...(nightly || process.env["HOTSPAN_TEST_SHARDS"] !== undefined ? [shards] : []),
      {
        // The whole system, and a browser.
        extends: true,
        test: {
          name: "e2e",
          // After all others: it is the demo under load that is looked at, not the machine under tests.
          sequence: { groupOrder: 2 },
          include: ["e2e/**/*.test.ts"],
          pool: "forks",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
    reporters: ["default", "./tools/closing-line.ts"],
  },
});

export default config;
