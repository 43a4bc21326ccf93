import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, start, type Up, up } from "./support/hotspan.ts";

const data = mkdtempSync(join(tmpdir(), "hotspan-profile-"));
const app = join(import.meta.dirname, "../../../agent/test/apps/modes.cjs");
let instance: Up;

beforeAll(async () => {
  instance = await up(data, [], { HOTSPAN_SCHEDULE_POLL_MS: "500" });
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
    const absent = await hotspan(["profile", "--data", data, "--service", "nobody", "--seconds", "1"]);
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/no agent of a service "nobody".*HOTSPAN_CLI_NO_AGENT/s);
    expect(await count()).toMatch(/^0\t/);
    const { code, stdout, stderr } = await hotspan([
      "profile",
      "--data",
      data,
      "--service",
      "wanted",
      "--seconds",
      "3",
      "--hz",
      "250",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("3 s at 250 Hz") });
    expect(stdout).toMatch(/^1 instance of wanted took part\.\n *\d+\.\d ms {2}/);
    expect(stdout).toContain(`${instance.run.url}/?service=wanted&profiled=true&from=`);
    expect(await count()).toMatch(/^[1-9]\d*\ton_demand\t4000000$/);
  } finally {
    program.child.kill("SIGTERM");
    await program.ended;
  }
});
