import { createStoreClient } from "@hotspan/store";
import { expect, test } from "vitest";
import { noSmallDisk, startSmallDisk } from "./support/small-disk.ts";
import { message, newInstance, type Message } from "./support/windows.ts";
import { eventually } from "./support/world.ts";

const missing = noSmallDisk();
if (missing !== undefined)
  console.error(`SKIPPED: tests of full disks need a small one to mount (${missing})`);

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code?: string;
  readonly detail?: string;
}

async function send(url: string, value: Uint8Array): Promise<Answer> {
  const response = await fetch(`${url}/v1/profiles`, {
    method: "POST",
    headers: { "content-type": "application/vnd.hotspan.window+protobuf", "content-encoding": "zstd" },
    body: new Uint8Array(value),
  });
  const text = await response.text();
  const retryAfter = response.headers.get("retry-after");
  return { status: response.status, retryAfter, ...(text === "" ? {} : (JSON.parse(text) as object)) };
}

// Each fills a disk of its own until something breaks, and sees that nothing did.
test.skipIf(missing !== undefined).each([
  {
    on: "log",
    size: "24m",
    leave: 100_000,
    place: "log",
    said: /ingest pauses: the disk of the ingest log .* make room/,
  },
  {
    on: "store",
    size: "400m",
    leave: 0,
    place: "store",
    said: /ingest pauses: a disk is full where rows are stored/,
  },
  { on: "both", size: "400m", leave: 0, place: undefined, said: /ingest pauses: / },
] as const)(
  "a full disk of the $on loses nothing, and all goes on when there is room",
  async ({ on, size, leave, place, said }) => {
    const disk = await startSmallDisk(on, size);
    const client = createStoreClient(disk.clickhouse);
    try {
      const ready = async (): Promise<Response> => fetch(`${disk.url}/readyz`);
      await eventually("ready", async () => (await ready()).status === 200, 60);
      const instance = newInstance();
      const accepted: Message[] = [];
      const refused: Message[] = [];
      let seq = 0;
      const next = async (): Promise<Answer> => {
        const one = await message({ instance, seq: seq++ });
        const answer = await send(disk.url, one.value);
        expect([202, 503]).toContain(answer.status);
        (answer.status === 202 ? accepted : refused).push(one);
        return answer;
      };
      for (let i = 0; i < 5; i++) expect((await next()).status).toBe(202);
      await disk.fill(leave);
      let last: Answer | undefined;
      await eventually(
        "refused",
        async () => {
          last = await next();
          if (last.status === 503) return true;
          // ClickHouse makes room by itself: parts that were merged go some minutes later.
          if (leave === 0) await disk.fill(0);
          return false;
        },
        120,
      );
      expect(last).toMatchObject({ code: "store_unavailable", retryAfter: "10" });
      const unready = await ready();
      expect(unready.status).toBe(503);
      expect(((await unready.json()) as Answer).detail).toMatch(said);
      const metrics = await (await fetch(`${disk.url}/metrics`)).text();
      if (place !== undefined) expect(metrics).toContain(`hotspan_correlator_paused{place="${place}"} 1`);
      else expect(metrics).toMatch(/hotspan_correlator_paused\{place="(log|store)"\} 1/);
      expect(disk.log().match(/"msg":"ingest pauses: /g)?.length).toBeLessThan(4);

      await disk.free();
      await eventually("ready again", async () => (await ready()).status === 200, 120);
      for (const one of refused) {
        await eventually("taken", async () => (await send(disk.url, one.value)).status === 202, 60);
        accepted.push(one);
      }
      for (let i = 0; i < 3; i++) expect((await next()).status).toBe(202);
      const rows = async (): Promise<readonly { seq: number; windows: string; samples: string }[]> => {
        const result = await client.query({
          query: `SELECT toUInt32(w.Seq) AS seq, toString(uniqExact(w.Start, w.Batch, w.SourceOffset)) AS windows, toString(count()) AS samples
            FROM profile_samples AS s ASOF JOIN profile_windows AS w ON s.Instance = w.Instance AND s.Timestamp >= w.Start
            WHERE s.Instance = '${instance}' GROUP BY seq ORDER BY seq`,
          format: "JSONEachRow",
        });
        return result.json();
      };
      const wanted = accepted
        .toSorted((a, b) => a.seq - b.seq)
        .map((one) => ({ seq: one.seq, windows: "1", samples: String(one.samples) }));
      await eventually("all stored", async () => (await rows()).length === accepted.length, 120).catch(
        async (error: unknown) => {
          expect(await rows(), `${String(error)}\n${disk.log()}`).toEqual(wanted);
        },
      );
      expect(await rows()).toEqual(wanted);
      expect(await disk.deadLetters()).toBe(0);
      expect(disk.log()).toContain("ingest goes on");
      expect(await (await fetch(`${disk.url}/metrics`)).text()).not.toMatch(/_paused\{place="\w+"\} 1/);
    } finally {
      await client.close();
      await disk.close();
    }
  },
  400_000,
);
