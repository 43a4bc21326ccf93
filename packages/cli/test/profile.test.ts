import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, start, type Up, up } from "./support/hotspan.ts";

const data = mkdtempSync(join(tmpdir(), "hotspan-profile-"));
const app = join(import.meta.dirname, "../../../agent/test/apps/modes.cjs");
let instance: Up;

beforeAll(async () => {
  instance = await up(data, [], { HOTSPAN_SCHEDULE_POLL_MS: "500", HOTSPAN_SCHEDULE_LEASE_MS: "2000" });
});
afterAll(async () => {
  instance?.child.kill("SIGTERM");
  await instance?.ended;
  rmSync(data, { recursive: true, force: true });
});

test("a program that is sampled on demand is, when asked for, and only then", async () => {
  const program = start(["run", "--data", data, "--", process.execPath, app], {
    HOTSPAN_MODE: "on-demand",
    TEST_SERVICE: "wanted",
  });
  const count = async (): Promise<string> =>
    (
      await hotspan([
        "sql",
        "--data",
        data,
        "--format",
        "tsv",
        "SELECT count(), any(Mode), any(PeriodNano) FROM profile_windows WHERE ServiceName = 'wanted'",
      ])
    ).stdout.split("\n")[1] ?? "";
  try {
    const nobody = ["profile", "--data", data, "--service", "nobody", "--seconds", "1"];
    let absent = await hotspan(nobody);
    // The program takes a while to start.
    while (absent.stderr.includes("no agent asked the correlator")) absent = await hotspan(nobody);
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/no agent of a service "nobody".*HOTSPAN_CLI_NO_AGENT/s);
    expect(await count()).toMatch(/^0\t/);
    const ask = ["profile", "--data", data, "--service", "wanted", "--seconds", "3", "--hz", "250"];
    const { code, stdout, stderr } = await hotspan(ask);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("3 s at 250 Hz") });
    expect(stdout).toMatch(/^1 instance of wanted took part\.\n *\d+\.\d ms {2}/);
    expect(stdout).toContain(`${instance.run.url}/?service=wanted&profiled=true&from=`);
    expect(await count()).toMatch(/^[1-9]\d*\ton_demand\t4000000$/);
  } finally {
    program.child.kill("SIGTERM");
    await program.ended;
  }
});

interface Sampled {
  readonly instance: string;
  readonly mode: string;
  /** Unix ms. */
  readonly start: number;
  readonly end: number;
}

/** ms in which at least one was sampled. @param windows by their start */
function covered(windows: readonly Sampled[]): number {
  let at = 0;
  let sum = 0;
  for (const { start, end } of windows) {
    sum += Math.max(0, end - Math.max(at, start));
    at = Math.max(at, end);
  }
  return sum;
}

test("of three replicas one is sampled at a time", async () => {
  const env = { HOTSPAN_MODE: "amortised", TEST_SERVICE: "fleet", HOTSPAN_WINDOW_MS: "500" };
  const replicas = [1, 2, 3].map(() => start(["run", "--data", data, "--", process.execPath, app], env));
  const windows = async (): Promise<readonly Sampled[]> => {
    const query = `SELECT Instance, Mode, toUnixTimestamp64Milli(Start), toUnixTimestamp64Milli(End)
      FROM profile_windows WHERE ServiceName = 'fleet' ORDER BY Start, Instance`;
    const { stdout } = await hotspan(["sql", "--data", data, "--format", "tsv", query]);
    const rows = stdout.trim().split("\n").slice(1);
    return rows.map((row) => {
      const [instance = "", mode = "", start, end] = row.split("\t");
      return { instance, mode, start: Number(start), end: Number(end) };
    });
  };
  const from = (all: readonly Sampled[], time: number): readonly Sampled[] =>
    all.filter(({ start }) => start >= time);
  const instances = (all: readonly Sampled[]): number => new Set(all.map(({ instance }) => instance)).size;
  try {
    while (instances(await windows()) < 3) await sleep(200);
    // All have asked. Until they did more than one may have collected: not longer than a lease.
    const since = Date.now() + 2000;
    let found = from(await windows(), since);
    while (instances(found) < 2) {
      await sleep(200);
      found = from(await windows(), since);
    }
    expect([...new Set(found.map(({ mode }) => mode))]).toEqual(["amortised"]);
    // One that is late to end its lease may have a little in common with the next.
    const sampled = found.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(sampled / covered(found)).toBeLessThan(1.3);
  } finally {
    for (const { child } of replicas) child.kill("SIGTERM");
    await Promise.all(replicas.map(({ ended }) => ended));
  }
});
