// Requests that waited for the other side's thread while something else held their own loop and delayed nothing.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Contribution } from "@hotspan/query-api";
import { startApi, type TestApi } from "./support/api.ts";
import { type Label, loopWindow, type Turn } from "./support/loop.ts";
import {
  insertSpans,
  insertStacks,
  insertWindows,
  MS,
  type SpanRow,
  spanIdOf,
  traceIdOf,
} from "./support/rows.ts";

const WINDOWS = 6;
const PER_WINDOW = 4;
const front = { service: "front", instance: "1".repeat(32), resource: { "host.name": "one" } };
const back = { service: "back", instance: "2".repeat(32), resource: { "host.name": "one" } };
const stack = ["main", "answer@src/answer.ts:1|app|app"];

let store: TestStore;
let api: TestApi;

function labelOf(name: string, spanId: string, endpoint: string): Label {
  return { traceId: traceIdOf(name), spanId, endpoint };
}

/** Times in ms since the window's start. */
function request(name: string, at: number, slow: boolean): { spans: SpanRow[]; front: Turn[]; back: Turn[] } {
  const traceId = traceIdOf(name);
  const [own, call, there] = ["own", "call", "there"].map((one) => spanIdOf(`${name} ${one}`)) as [
    string,
    string,
    string,
  ];
  const label = labelOf(name, own, "GET /page");
  const [begins, ends] = slow ? [203, 290] : [22, 38];
  const span = (
    spanId: string,
    kind: NonNullable<SpanRow["kind"]>,
    from: number,
    to: number,
    rest: Partial<SpanRow>,
  ): SpanRow => ({
    ...front,
    thread: 0,
    traceId,
    spanId,
    name: "GET",
    kind,
    start: BigInt(Math.round((at + from) * MS)),
    durationMs: to - from,
    attributes: { "http.request.method": "GET", "http.route": "/page" },
    ...rest,
  });
  return {
    spans: [
      span(own, "Server", 0, ends + 30, {}),
      span(call, "Client", 20, ends + 10, { parent: own }),
      span(there, "Server", begins, ends, { ...back, parent: call }),
    ],
    front: [
      { at, ms: 30, label, stack },
      ...(slow
        ? [{ at: at + 100, ms: 100, label: labelOf(`${name} hog`, spanIdOf("hog"), "POST /hog"), stack }]
        : []),
      { at: at + ends + 10, ms: 20, label, stack },
    ],
    back: [
      ...(slow
        ? [
            {
              at: at + 40,
              ms: begins - 40,
              label: labelOf(`${name} other`, spanIdOf("other"), "POST /other"),
              stack,
            },
          ]
        : []),
      { at: at + begins, ms: ends - begins, label: { ...label, spanId: there }, stack },
    ],
  };
}

beforeAll(async () => {
  store = await testStore();
  const t0 = BigInt(Math.floor(Date.now() / 10_000) * 10 - 3000) * 1_000_000_000n;
  for (let seq = 0; seq < WINDOWS; seq++) {
    const start = t0 + BigInt(seq) * 10_000_000_000n;
    const all = Array.from({ length: 2 * PER_WINDOW }, (_, n) =>
      request(`${seq} ${n}`, 1000 * (n + 1), n % 2 === 1),
    );
    await insertSpans(
      store.writer,
      all.flatMap(({ spans }) => spans.map((one) => ({ ...one, start: start + one.start }))),
    );
    await insertWindows(store.writer, [
      loopWindow(
        { ...front, seq, start },
        all.flatMap((one) => one.front),
      ),
      loopWindow(
        { ...back, seq, start },
        all.flatMap((one) => one.back),
      ),
    ]);
  }
  await insertStacks(
    store.writer,
    [front, back].map(({ service }) => ({ service, stack, at: t0 })),
  );
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

test("are slow for the other side's, and nobody here is blamed", async () => {
  const { status, body } = await api.post("/api/v1/root-cause", {
    service: "front",
    endpoint: "GET /page",
    slow: { minMs: 200 },
    baseline: { maxMs: 200 },
  });
  expect(status).toBe(200);
  expect([body.slow.spans, body.baseline.spans]).toEqual([WINDOWS * PER_WINDOW, WINDOWS * PER_WINDOW]);
  expect(body.contributions[0]).toMatchObject({
    class: "wait.child",
    childService: "back",
    significant: true,
  });
  const held = body.contributions.filter((one: Contribution) => one.class === "loop.held");
  expect(
    held.map((one: Contribution) => Math.round(one.deltaNano / MS)).filter((ms: number) => ms > 5),
  ).toEqual([]);
});
