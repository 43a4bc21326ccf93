import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, type Up, until, up } from "./support/hotspan.ts";

const data = mkdtempSync(join(tmpdir(), "hotspan-delete-"));
let instance: Up;

beforeAll(async () => {
  instance = await up(data, ["--max-disk", "10GB"]);
});
afterAll(async () => {
  instance?.child.kill("SIGTERM");
  await instance?.ended;
  rmSync(data, { recursive: true, force: true });
});

const traceOf = (n: number): string => n.toString(16).padStart(32, "a");
const spansOf = async (service: string): Promise<string> => {
  const query = `SELECT count() FROM otel_traces WHERE ServiceName = '${service}'`;
  const { stdout } = await hotspan(["sql", "--data", data, "--format", "tsv", query]);
  return stdout.trim().split("\n").at(-1) ?? "";
};

async function send(service: string, traces: number): Promise<void> {
  const now = Date.now();
  const spans = Array.from({ length: traces }, (_, n) => ({
    traceId: traceOf(n),
    spanId: n.toString(16).padStart(16, "b"),
    name: "GET /cart",
    startTimeUnixNano: `${now - 1000}000000`,
    endTimeUnixNano: `${now}000000`,
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  await fetch(`${instance.run.ingestUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  await until("stored", async () => (await spansOf(service)) === String(traces));
}

test("hotspan delete removes a service, and traces, and says how many rows", async () => {
  await send("gone", 3);
  await send("kept", 3);
  const service = await hotspan(["delete", "--data", data, "--service", "gone", "--yes"]);
  expect(service).toMatchObject({ code: 0, stdout: expect.stringContaining("otel_traces: 3 rows\n") });
  expect(service.stdout).toMatch(/^Deleted\. What arrives late is deleted until 20\S+Z\.$/m);
  expect([await spansOf("gone"), await spansOf("kept")]).toEqual(["0", "3"]);
  const traces = await hotspan(["delete", "--data", data, "--trace", traceOf(0), traceOf(1), "--yes"]);
  expect(traces).toMatchObject({ code: 0, stdout: expect.stringContaining("otel_traces: 2 rows\n") });
  expect(await spansOf("kept")).toBe("1");
  const nothing = await hotspan(["delete", "--data", data, "--label", "user:nobody", "--yes"]);
  expect(nothing).toMatchObject({ code: 0, stdout: expect.stringMatching(/^There was nothing to delete\./) });
  const later = await hotspan(["delete", "--data", data, "--service", "kept", "--yes", "--no-wait"]);
  expect(later.stdout).toMatch(/^Job [0-9a-f]{32}: http:\S+\/v1\/data\/jobs\/[0-9a-f]{32}\n$/);
  await until("deleted", async () => (await spansOf("kept")) === "0");
});

test("without --yes, and without anybody to ask, nothing is deleted", async () => {
  const asked = await hotspan(["delete", "--data", data, "--service", "x"]);
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("say so with --yes") });
  for (const args of [[], ["--service", "x", "--label", "k:v"]])
    expect(await hotspan(["delete", "--data", data, "--yes", ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("name one of --service, --trace and --label"),
    });
  const bad = await hotspan(["delete", "--data", data, "--trace", "x", "--yes"]);
  expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining("32 lower-case hex digits") });
});

test("an instance whose data is above --max-disk starts, says so, and takes nothing", async () => {
  instance.child.kill("SIGTERM");
  await instance.ended;
  instance = await up(data, ["--max-disk", "1kB"]);
  expect(instance.output()).toMatch(/correlator: ingest pauses: the data takes .* allowed are 1\.0 kB/);
  const response = await fetch(`${instance.run.ingestUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(response.status).toBe(503);
});
