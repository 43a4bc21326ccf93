// What was stored is answered alike after the store was restarted, and its absence is told as such.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testStore } from "@hotspan/store/testing";
import { afterAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { type Held, writeHeld } from "./support/held.ts";

const dataDir = mkdtempSync(join(tmpdir(), "hotspan-restart-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test("ledgers are the same to the byte after a restart of the store", async () => {
  const ask = async (api: TestApi, held: Held): Promise<(readonly [number, string])[]> => {
    const span = `/api/v1/traces/${held.traceId}/spans/${held.cart}`;
    const other = `/api/v1/traces/${held.exportTrace}/spans/${held.exported}`;
    const paths = [
      `${span}/ledger`,
      `${span}/timeline`,
      `${other}/delayed`,
      `/api/v1/traces/${held.traceId}/ledger`,
    ];
    const answers = await Promise.all(paths.map((path) => api.get(path)));
    return answers.map(({ status, bytes }) => [status, Buffer.from(bytes).toString("utf8")]);
  };
  const first = await testStore({ dataDir });
  const held = await writeHeld(first);
  const api = await startApi(first);
  const before = await ask(api, held);
  expect(before.map(([status]) => status)).toEqual([200, 200, 200, 200]);
  await first.close();

  for (const [status, text] of await ask(api, held)) {
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ code: "store_unavailable" });
  }
  await api.close();

  const second = await testStore({ dataDir });
  const again = await startApi(second);
  expect(await ask(again, held)).toEqual(before);
  await again.close();
  await second.close();
});
