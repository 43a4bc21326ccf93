import { type EmbeddedStore, startEmbedded } from "@hotspan/store";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive } from "../src/process/alive.ts";
import { hotspan, up } from "./support/hotspan.ts";

// A server of somebody else: here one that this test has started.
const folder = mkdtempSync(join(tmpdir(), "hotspan-clickhouse-"));
let server: EmbeddedStore;
let url: string;

beforeAll(async () => {
  server = await startEmbedded({ dataDir: join(folder, "server"), maxMemoryBytes: 1024 ** 3 });
  const { user, password } = server.writer;
  url = `http://${user}:${password}@127.0.0.1:${server.httpPort}/${server.database}`;
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Its address; unless it is to stay nobody listens there any more. */
async function listening(http: Server, stay = false): Promise<AddressInfo> {
  await once(http.listen(0, "127.0.0.1"), "listening");
  const address = http.address() as AddressInfo;
  if (!stay) await new Promise((resolve) => http.close(resolve));
  return address;
}

test("migrate creates the tables, and a second time finds nothing to do", async () => {
  const first = await hotspan(["migrate", "--clickhouse", url]);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("are up to date");
  expect((await hotspan(["migrate", "--clickhouse", url])).stdout).toContain("were up to date already");
});

test("migrate sets how long data is kept, says so, and refuses what does not fit", async () => {
  const args = ["migrate", "--clickhouse", url];
  const { code, stdout } = await hotspan(args, { HOTSPAN_RETENTION_WINDOWS_DAYS: "31" });
  expect([code, stdout]).toEqual([0, expect.stringContaining("profile_windows keeps its rows for 31 days")]);
  const wrong = await hotspan(args, { HOTSPAN_RETENTION_STACKS_DAYS: "31" });
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining("HOTSPAN_RETENTION_STACKS_DAYS (31) must be at least 32"),
  ]);
});

test("up uses the server, reads as the user named for it, and leaves it running", async () => {
  const data = join(folder, "data");
  const { user, password } = server.reader;
  const env = { HOTSPAN_CLICKHOUSE_READER_USER: user, HOTSPAN_CLICKHOUSE_READER_PASSWORD: password };
  const instance = await up(data, ["--clickhouse", url], env);
  const { clickhouse, pids } = instance.run;
  expect(clickhouse).toEqual({
    httpUrl: server.httpUrl,
    database: server.database,
    readerUser: user,
    readerPassword: password,
  });
  expect(Object.keys(pids).sort()).toEqual(["correlator", "query-api", "supervisor"]);
  const rows = await hotspan(["sql", "--data", data, "--format", "tsv", "SELECT currentUser() AS u"]);
  expect(rows.stdout).toBe(`u\n${user}\n`);
  instance.child.kill("SIGTERM");
  expect((await instance.ended).code).toBe(0);
  expect(isAlive(server.pid)).toBe(true);
});

test("a server that is away is told from one that refuses, and from one that is no ClickHouse", async () => {
  const { port } = await listening(createServer());
  expect(await hotspan(["migrate", "--clickhouse", `http://127.0.0.1:${port}`])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("does not answer: connect ECONNREFUSED") as string,
  });
  expect(
    await hotspan(["migrate", "--clickhouse", url.replace(server.writer.password, "wrong")]),
  ).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`does not let ${server.writer.user} in`) as string,
  });
  for (const status of [200, 404]) {
    const other = createServer((_, response) => response.writeHead(status).end("<html></html>"));
    const { port: taken } = await listening(other, true);
    expect(await hotspan(["migrate", "--clickhouse", `http://127.0.0.1:${taken}`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is no ClickHouse. Check --clickhouse") as string,
    });
    other.close();
  }
});

test("a wrong password is an error that names the option, not the password", async () => {
  const wrong = url.replace(server.writer.password, "wrong-password");
  const { code, stderr } = await hotspan([
    "up",
    "--clickhouse",
    wrong,
    "--data",
    join(folder, "wrong"),
    "--port",
    "0",
    "--ingest-port",
    "0",
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("HOTSPAN_CLI_STORE_UNREACHABLE");
  expect(stderr).toContain("--clickhouse");
  expect(stderr).not.toContain("wrong-password");
});
