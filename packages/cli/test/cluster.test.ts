import type { EmbeddedStore } from "@hotspan/store";
import { startShards } from "@hotspan/store/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan } from "./support/hotspan.ts";

const folder = mkdtempSync(join(tmpdir(), "hotspan-shards-"));
let shards: readonly EmbeddedStore[] = [];

beforeAll(async () => {
  shards = await startShards({ dataDir: folder, maxMemoryBytes: 1024 ** 3 }, 2);
});
afterAll(async () => {
  await Promise.all(shards.map((shard) => shard.close()));
  rmSync(folder, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => ({
  HOTSPAN_CLICKHOUSE_USER: shards[0]?.writer.user,
  HOTSPAN_CLICKHOUSE_PASSWORD: shards[0]?.writer.password,
});
const urls = (): string[] => shards.map(({ httpUrl }) => httpUrl);

test("migrate creates the tables on every shard, and a second time finds nothing to do", async () => {
  const args = ["migrate", "--shards", urls().join(","), "--cluster", "test"];
  const first = await hotspan(args, env());
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toMatch(/shard 1: .*\n[^]*shard 2: /);
  expect(first.stdout).toContain("on 2 shards are up to date");
  const variables = {
    HOTSPAN_CLICKHOUSE_SHARDS: urls().join(","),
    HOTSPAN_CLICKHOUSE_CLUSTER: "test",
  };
  expect((await hotspan(["migrate"], { ...env(), ...variables })).stdout).toContain(
    "were up to date already",
  );
});

test("what is wrong with a cluster is said in words, with a code", async () => {
  const order = await hotspan(
    ["migrate", "--cluster", "test", "--shards", urls().toReversed().join(",")],
    env(),
  );
  expect(order.code).toBe(1);
  expect(order.stderr).toContain("HOTSPAN_STORE_SHARD_MISPLACED");
  const name = await hotspan(["migrate", "--shards", urls().join(",")], env());
  expect(name.stderr).toContain("HOTSPAN_STORE_CLUSTER_UNKNOWN");
  expect((await hotspan(["migrate", "--cluster", "test"], env())).code).toBe(2);
  expect((await hotspan(["migrate", "--shards", "http://one:8123"], env())).stderr).toContain("at least two");
});
