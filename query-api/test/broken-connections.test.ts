// A store that is short of processors drops connections; who asks is not to notice.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { type Held, writeHeld } from "./support/held.ts";

let store: TestStore;
let held: Held;
let api: TestApi;
/** How many of the next connections are dropped once they have sent something. */
let drops = 0;
let dropped = 0;

const open = new Set<Socket>();
const door = createServer((socket) => {
  open.add(socket);
  socket.once("close", () => open.delete(socket)).on("error", () => undefined);
  if (drops > 0) {
    drops--;
    dropped++;
    socket.once("data", () => socket.resetAndDestroy());
    return;
  }
  const inner = connect(store.store.httpPort, "127.0.0.1");
  inner.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("close", () => inner.destroy());
  socket.pipe(inner).pipe(socket);
});

beforeAll(async () => {
  store = await testStore();
  held = await writeHeld(store);
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const { port } = door.address() as AddressInfo;
  const { database, reader } = store.store;
  api = await startApi(store, { clickhouse: { url: `http://127.0.0.1:${port}`, database, ...reader } });
});
afterAll(async () => {
  await api?.close();
  for (const socket of open) socket.destroy();
  door.close();
  await store?.close();
});

/** New connections from here on: the next request finds none that is idle. */
function dropNext(count: number): void {
  for (const socket of open) socket.destroy();
  drops = count;
  dropped = 0;
}

test("a dropped connection is asked again", async () => {
  const path = `/api/v1/traces/${held.traceId}/spans/${held.cart}`;
  for (const what of ["ledger", "timeline", "profile?type=cpu"]) {
    dropNext(1);
    expect((await api.get(`${path}/${what}`)).status, what).toBe(200);
    expect(dropped).toBe(1);
  }
});

test("one that keeps being dropped is told as an absent store", async () => {
  dropNext(1000);
  const { status, headers, body } = await api.get("/api/v1/services");
  expect([status, body.code]).toEqual([503, "store_unavailable"]);
  expect(headers.get("retry-after")).toBe("2");
  // Twice each of its queries, not for ever.
  expect(dropped).toBeGreaterThanOrEqual(2);
  expect(dropped).toBeLessThanOrEqual(8);
  dropNext(0);
});
