import { brokerAvailable } from "@hotspan/broker";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isAlive } from "../src/process/alive.ts";
import { hotspan, readRun, until, up } from "./support/hotspan.ts";

const folder = mkdtempSync(join(tmpdir(), "hotspan-kafka-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const available = await brokerAvailable();
if (!available.ok && process.env["CI"] === "true") throw new Error(`these tests need ${available.missing}`);
const name = available.ok ? "" : ` (needs ${available.missing})`;

test.runIf(available.ok)(
  `with --kafka a broker runs beside the HTTP doors, and none outlives its supervisor${name}`,
  async () => {
    const data = join(folder, "data");
    const { run, child, ended } = await up(data, ["--kafka"]);
    expect(run.kafka?.brokers).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await fetch(`${run.ingestUrl}/readyz`)).status).toBe(200);
    const { stdout } = await hotspan(["doctor", "--data", data]);
    expect(stdout).toContain(`ok    Kafka reachable on ${run.kafka?.brokers}`);
    const killed = run.pids["kafka"] ?? 0;
    process.kill(killed, "SIGKILL");
    const pid = (): number | undefined => readRun(data).pids["kafka"];
    await until("the broker runs again", () => pid() !== killed, 30_000);
    await until(
      "the correlator has its partitions again",
      async () => {
        return (await fetch(`${run.ingestUrl}/readyz`)).status === 200;
      },
      60_000,
    );
    const all = Object.values(readRun(data).pids);
    child.kill("SIGKILL");
    await ended;
    await until("its children are gone", () => !all.some(isAlive), 10_000);
  },
);
