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
  instance = await up(data, [], { HOTSPAN_SCHEDULE_POLL_MS: "500", HOTSPAN_SCHEDULE_LEASE_MS: "3000" });
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

test("of three replicas one is sampled at a time", async () => {
  const env = { HOTSPAN_MODE: "amortised", TEST_SERVICE: "fleet", HOTSPAN_WINDOW_MS: "500" };
  const replicas = [1, 2, 3].map(() => start(["run", "--data", data, "--", process.execPath, app], env));
  try {
    // Until all have asked, more than one may collect: not longer than a lease.
    await sleep(5000);
    const from = Date.now();
    await sleep(9000);
    const to = Date.now();
    await sleep(2000);
    const query = `SELECT sum(toFloat64(toUnixTimestamp64Milli(End) - toUnixTimestamp64Milli(Start))) AS ms, countDistinct(Mode), any(Mode)
      FROM profile_windows WHERE ServiceName = 'fleet' AND Start >= fromUnixTimestamp64Milli(${from}) AND Start < fromUnixTimestamp64Milli(${to})`;
    const { stdout } = await hotspan(["sql", "--data", data, "--format", "tsv", query]);
    const [ms, modes, mode] = stdout.split("\n")[1]?.split("\t") ?? [];
    expect({ modes, mode }).toEqual({ modes: "1", mode: "amortised" });
    // Between two leases there are gaps of up to a polling interval and a half.
    expect(Number(ms) / (to - from)).toBeGreaterThan(0.4);
    expect(Number(ms) / (to - from)).toBeLessThan(1.3);
  } finally {
    for (const { child } of replicas) child.kill("SIGTERM");
    await Promise.all(replicas.map(({ ended }) => ended));
  }
});
