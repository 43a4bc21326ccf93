import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { Access, createToken, isRefusal, readTokens, refusalFor, revokeToken, SCOPES } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "hotspan-access-"));
afterAll(() => rmSync(folder, { recursive: true }));

let path: string;
let count = 0;
beforeEach(() => {
  path = join(folder, String(count++), "tokens.json");
});

/** As the next request finds it, whenever that comes. */
function access(options: ConstructorParameters<typeof Access>[0] = {}) {
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (clock += 1001));
  return new Access({ tokensFile: path, ...options });
}
const bearer = (secret: string): string => `Bearer ${secret}`;

test("without a token and without a file everybody may do everything", () => {
  const open = access();
  expect([open.required, open.usable]).toEqual([false, false]);
  expect(open.judge(undefined)).toEqual({ scopes: SCOPES });
});

test("the file knows no secrets, and nobody else reads it", () => {
  const { secret, token } = createToken(path, { name: "ci", scopes: ["ingest", "read", "ingest"] });
  expect(secret).toMatch(/^hsp_[\w-]{43}$/);
  expect(token.scopes).toEqual(["ingest", "read"]);
  expect(readFileSync(path, "utf8")).not.toContain(secret.slice(4, 12));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readTokens(path)).toEqual([token]);
});

test("a token may what its scopes say, and its refusal says why", () => {
  const { secret } = createToken(path, { name: "ci", scopes: ["ingest", "read"] });
  const judged = access().judge(bearer(secret));
  if (isRefusal(judged)) throw new Error(judged.detail);
  expect(judged).toMatchObject({ name: "ci", scopes: ["ingest", "read"] });
  expect(refusalFor(judged, ["read", "sql"])).toBeUndefined();
  expect(refusalFor(judged, ["admin"])).toEqual({
    status: 403,
    detail: "This needs a token with the scope admin; the token ci has ingest, read.",
    challenge: 'Bearer realm="hotspan", error="insufficient_scope", scope="admin"',
  });
});

test.each([
  undefined,
  "",
  "Bearer",
  "Bearer ",
  "Bearer s3cre",
  "Bearer s3crets",
  "Bearer s3cret s3cret",
  "Basic s3cret",
  "s3cret",
])("%s is refused with 401 where the token is s3cret", (header) => {
  expect(access({ token: "s3cret" }).judge(header)).toMatchObject({ status: 401 });
});

test("HOTSPAN_TOKEN has all scopes, whatever the scheme's case", () => {
  for (const scheme of ["Bearer", "bearer", "BEARER"])
    expect(access({ token: "s3cret" }).judge(`${scheme} s3cret`)).toEqual({ scopes: SCOPES });
});

test("a token of the file is not worth more where it is given as HOTSPAN_TOKEN", () => {
  const { secret } = createToken(path, { name: "agents", scopes: ["ingest"] });
  expect(access({ token: secret }).judge(bearer(secret))).toMatchObject({ scopes: ["ingest"] });
});

test("tokens made and revoked meanwhile count, and a door once closed stays closed", () => {
  const one = access();
  expect(one.required).toBe(false);
  const { secret } = createToken(path, { name: "a", scopes: ["read"] });
  expect(one.judge(bearer(secret))).toMatchObject({ name: "a" });
  expect(one.judge(undefined)).toMatchObject({ status: 401 });
  expect(revokeToken(path, "a").name).toBe("a");
  expect(one.judge(bearer(secret))).toMatchObject({ status: 401 });
  expect([one.required, one.usable]).toEqual([true, false]);
  rmSync(path);
  expect(one.judge(undefined)).toMatchObject({ status: 401 });
});

test("an expired token is refused by name, and opens nothing", () => {
  let now = 1_000_000;
  const { secret } = createToken(path, { name: "old", scopes: ["read"], expiresAtMs: 2_000_000 });
  const one = access({ now: () => now });
  expect(one.judge(bearer(secret))).toMatchObject({ name: "old" });
  now = 2_000_000;
  expect(one.judge(bearer(secret))).toMatchObject({
    status: 401,
    detail: "The token old expired on 1970-01-01T00:33:20.000Z.",
  });
  expect(one.usable).toBe(false);
});

test("of a damaged file no token passes, once told, until it is well again", () => {
  const { secret } = createToken(path, { name: "a", scopes: ["read"] });
  const whole = readFileSync(path, "utf8");
  const told: (string | undefined)[] = [];
  const one = access({ token: "s3cret", onProblem: (problem) => told.push(problem?.message) });
  expect(one.judge(bearer(secret))).toMatchObject({ name: "a" });
  for (const damaged of ["{", "null", '{"version":2,"tokens":[]}', whole.replace('"read"', '"root"')]) {
    writeFileSync(path, damaged);
    expect(one.judge(bearer(secret))).toMatchObject({ status: 401 });
    expect(one.judge(bearer("s3cret"))).toEqual({ scopes: SCOPES });
  }
  expect(told).toEqual([expect.stringContaining("cannot be read: it is not JSON")]);
  writeFileSync(path, whole);
  expect(one.judge(bearer(secret))).toMatchObject({ name: "a" });
  expect(told.at(-1)).toBeUndefined();
});

test("names are unique, and of two edits at once one is refused", () => {
  createToken(path, { name: "a", scopes: ["read"] });
  expect(() => createToken(path, { name: "a", scopes: ["read"] })).toThrow(/called a already/);
  expect(() => revokeToken(path, "b")).toThrow(/no token is called b/);
  writeFileSync(`${path}.lock`, "");
  expect(() => revokeToken(path, "a")).toThrow(/try again/);
  rmSync(`${path}.lock`);
  const { id } = createToken(path, { name: "b", scopes: ["sql"] }).token;
  expect(revokeToken(path, id).name).toBe("b");
});
