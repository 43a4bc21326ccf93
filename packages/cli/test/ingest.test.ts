import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, start, type Up, up } from "./support/hotspan.ts";

const data = mkdtempSync(join(tmpdir(), "hotspan-ingest-"));
const folder = join(data, "windows");
const app = join(import.meta.dirname, "../../../agent/test/apps/modes.cjs");
let instance: Up;

beforeAll(async () => {
  instance = await up(data);
});
afterAll(async () => {
  instance?.child.kill("SIGTERM");
  await instance?.ended;
  rmSync(data, { recursive: true, force: true });
});

const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".window.zst"));
const select = async (what: string): Promise<string> => {
  const query = `SELECT ${what} FROM profile_windows WHERE ServiceName = 'offline'`;
  const { stdout } = await hotspan(["sql", "--data", data, "--format", "tsv", query]);
  return stdout.split("\n")[1] ?? "";
};

test("windows that were kept as files come in later, once however often they are posted", async () => {
  const program = start(["run", "--data", data, "--", process.execPath, app], {
    HOTSPAN_FILES: folder,
    HOTSPAN_WINDOW_MS: "500",
    TEST_SERVICE: "offline",
  });
  await expect
    .poll(() => files().length, { timeout: 60_000 })
    .toBeGreaterThan(3)
    .catch(() => {});
  program.child.kill("SIGTERM");
  await program.ended;
  const { length } = files();
  expect(length).toBeGreaterThan(3);
  expect(await select("count()")).toBe("0");

  const first = await hotspan(["ingest", folder, "--data", data]);
  expect(first).toMatchObject({ code: 0, stdout: `${length} windows taken, 0 refused.\n` });
  await expect.poll(() => select("count()"), { timeout: 30_000, interval: 500 }).toBe(String(length));
  const ticks = await select("sum(TakenTicks)");

  writeFileSync(
    join(folder, "broken.window.zst"),
    readFileSync(join(folder, files()[0] ?? "")).subarray(0, 50),
  );
  const second = await hotspan(["ingest", folder, "--delete", "--data", data]);
  expect(second).toMatchObject({ code: 1, stdout: `${length} windows taken, 1 refused.\n` });
  expect(second.stderr).toMatch(/broken\.window\.zst: .*\(bad_window\)/);
  expect(files()).toEqual(["broken.window.zst"]);
  // Long enough for rows that must not come.
  await sleep(3000);
  expect(await select("count()")).toBe(String(length));
  expect(await select("sum(TakenTicks)")).toBe(ticks);
});

test("a folder or a correlator that is not there is named", async () => {
  expect(await hotspan(["ingest", join(data, "nowhere"), "--data", data])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cannot read the folder .*nowhere/),
  });
  expect(await hotspan(["ingest", folder, "--correlator", "http://127.0.0.1:1"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("HOTSPAN_CLI_API_UNREACHABLE"),
  });
});
