import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { Access, isRefusal } from "@hotspan/access";
import { createProgram } from "./index.ts";
import { parseExpiry, parseScopes } from "./token.ts";

const data = mkdtempSync(join(tmpdir(), "hotspan-token-"));
afterAll(() => rmSync(data, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What the command printed. */
async function token(...args: string[]): Promise<{ out: string; err: string }> {
  const said = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said.out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((said.err += String(text)), true));
  const program = createProgram();
  await program.parseAsync(["node", "hotspan", "token", ...args, "--data", data]);
  vi.restoreAllMocks();
  return said;
}

test("a token is shown once, listed without it, and revoked", async () => {
  const made = await token(
    "create",
    "--name",
    "ci",
    "--scope",
    "ingest",
    "--scope",
    "read,sql",
    "--expires",
    "90d",
  );
  const secret = made.out.trim();
  expect(secret).toMatch(/^hsp_[\w-]{43}$/);
  expect(made.err).toContain("From now on every request needs a token");
  const judge = () => new Access({ tokensFile: join(data, "tokens.json") }).judge(`Bearer ${secret}`);
  expect(judge()).toMatchObject({ name: "ci", scopes: ["ingest", "read", "sql"] });
  expect(readFileSync(join(data, "tokens.json"), "utf8")).not.toContain(secret);

  const second = await token("create", "--name", "agents", "--scope", "ingest");
  expect(second.err).not.toContain("From now on");
  const listed = await token("list");
  expect(listed.out).toMatch(/^ci +[0-9a-f]{8} +ingest read sql +\S+ +\d{4}-/m);
  expect(listed.out).toMatch(/^agents +[0-9a-f]{8} +ingest +\S+ +never$/m);
  const json = JSON.parse((await token("list", "--json")).out) as Record<string, unknown>[];
  expect(json.map(({ name, expired }) => [name, expired])).toEqual([
    ["ci", false],
    ["agents", false],
  ]);
  expect(JSON.stringify(json)).not.toContain("sha256");

  expect((await token("revoke", "ci")).out).toContain("ci (");
  expect(isRefusal(judge())).toBe(true);
  await expect(token("revoke", "ci")).rejects.toThrow(/no token is called ci/);
});

test("scopes are the four, once or several times", () => {
  expect(parseScopes("sql, admin", ["read"])).toEqual(["read", "sql", "admin"]);
  for (const wrong of ["", "all", "read,", "READ"])
    expect(() => parseScopes(wrong)).toThrow(/scopes are ingest/);
});

test("an end is a number of days or hours, or a time to come", () => {
  expect(parseExpiry("90d", 0)).toBe(90 * 86_400_000);
  expect(parseExpiry("12h", 0)).toBe(12 * 3_600_000);
  expect(parseExpiry("2027-01-31", 0)).toBe(Date.UTC(2027, 0, 31));
  for (const wrong of ["", "0d", "90", "d", "soon", "2027-13-01"])
    expect(() => parseExpiry(wrong, 0)).toThrow(/It reads/);
  expect(() => parseExpiry("2020-01-01", Date.UTC(2026, 0, 1))).toThrow(/over already/);
});
