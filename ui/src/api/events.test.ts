import { expect, test } from "vitest";
import { readEvents, type ServerEvent, splitEvents } from "./events.ts";

const sent =
  'event: progress\ndata: {"readRows":1}\n\nevent: progress\ndata: {"readRows":2}\n\nevent: result\ndata: {"rows":[["a\\n\\nb"]]}\n\n';
const events: readonly ServerEvent[] = [
  { event: "progress", data: { readRows: 1 } },
  { event: "progress", data: { readRows: 2 } },
  { event: "result", data: { rows: [["a\n\nb"]] } },
];

test("whole events are taken, the beginning of the next is kept", () => {
  expect(splitEvents(sent)).toEqual({ events, rest: "" });
  const second = sent.indexOf("\n\n") + 2;
  expect(splitEvents(sent.slice(0, 60))).toEqual({
    events: events.slice(0, 1),
    rest: sent.slice(second, 60),
  });
});

test("however the bytes are cut", async () => {
  for (const size of [1, 7, 1000]) {
    const bytes = new TextEncoder().encode(sent);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const found: ServerEvent[] = [];
    await readEvents(new Response(stream), (event) => found.push(event));
    expect(found).toEqual(events);
  }
});
