import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { storeCredentials } from "./credentials.ts";
import { deployedShardUser, deployedSqlUser, deployedUsers } from "./deployed-users.ts";
import { usersConfig } from "./users.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-credentials-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder keeps its passwords, readable by its owner only", () => {
  const first = storeCredentials(folder);
  expect(storeCredentials(folder)).toEqual(first);
  expect(first.writer.password).not.toBe(first.reader.password);
  expect(statSync(join(folder, "credentials.json")).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["credentials.json"]);
});

test("a damaged file is reported, not replaced", () => {
  writeFileSync(join(folder, "credentials.json"), '{"writer":');
  expect(() => storeCredentials(folder)).toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_DATA_UNREADABLE" }),
  );
  expect(readFileSync(join(folder, "credentials.json"), "utf8")).toBe('{"writer":');
});

test("the users config holds no password", () => {
  const credentials = storeCredentials(folder);
  const text = usersConfig({ database: "hotspan", credentials, maxMemoryBytes: 1e9, bootStatements: 4 });
  expect(text).toContain("<hotspan_reader>");
  expect(text).not.toContain(credentials.writer.password);
  expect(text).not.toContain(credentials.reader.password);
});

test("the account between the servers of a cluster is as deploy/ has it", () => {
  const file = new URL("../../../../deploy/clickhouse/cluster/users.d/hotspan-shard.xml", import.meta.url);
  expect(readFileSync(file, "utf8"), "run tools/write-users.ts").toBe(deployedShardUser());
});

test("the account for statements where attributes are redacted is as deploy/ has it", () => {
  const file = new URL("../../../../deploy/clickhouse/redacted/users.d/hotspan-sql.xml", import.meta.url);
  expect(readFileSync(file, "utf8"), "run tools/write-users.ts").toBe(deployedSqlUser());
});

test("the accounts for other servers are those of the embedded one, as deploy/ has them", () => {
  const file = new URL("../../../../deploy/clickhouse/users.d/hotspan.xml", import.meta.url);
  expect(readFileSync(file, "utf8"), "run tools/write-users.ts").toBe(deployedUsers());
  const text = usersConfig({
    database: "hotspan",
    credentials: storeCredentials(folder),
    maxMemoryBytes: 8 * 1024 ** 3,
    bootStatements: 4,
  });
  const profiles = (xml: string): string | undefined =>
    /<writer>.*<\/constraints><\/reader>/s.exec(xml.replaceAll(/>\s+</g, "><"))?.[0];
  expect(profiles(deployedUsers())).toBeDefined();
  expect(profiles(deployedUsers())).toBe(profiles(text));
});
