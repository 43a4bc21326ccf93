import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Message, message, newInstance } from "./windows.ts";
import { eventually, type World } from "./world.ts";

// One number decides when everything dies; HOTSPAN_TEST_SEED repeats a run.
export const seed: number = Number(process.env["HOTSPAN_TEST_SEED"] ?? Date.now() % 1_000_000);
export const kills: number = process.env["HOTSPAN_NIGHTLY"] === "1" ? 40 : 4;

export function random(start: number): () => number {
  let state = start >>> 0;
  return () => {
    // https://en.wikipedia.org/wiki/Xorshift
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Sends windows of several threads until `over`, and again whatever was not acknowledged, as an agent does. */
export async function sendUntil(
  over: AbortSignal,
  send: (message: Message) => Promise<boolean>,
): Promise<readonly Message[]> {
  const acknowledged: Message[] = [];
  const thread = async (): Promise<void> => {
    const instance = newInstance();
    for (let seq = 0; !over.aborted; seq++) {
      const window = await message({ instance, seq });
      let done = await send(window);
      while (!done && !over.aborted) {
        await sleep(50);
        done = await send(window);
      }
      // Not acknowledged at the end: it may be there or not, once at most.
      if (done) acknowledged.push(window);
      await sleep(20);
    }
  };
  await Promise.all([thread(), thread(), thread()]);
  return acknowledged;
}

/** Every acknowledged window with all its samples, and none twice; without FINAL, without OPTIMIZE. */
export async function expectStoredOnce(world: World, sent: readonly Message[]): Promise<void> {
  const threads = `Instance IN (${[...new Set(sent.map(({ instance }) => `'${instance}'`))].join(", ")})`;
  const keys = sent.map(({ instance, seq }) => `('${instance}', ${seq})`).join(", ");
  const windows = `SELECT uniqExact(Instance, Seq) FROM profile_windows WHERE (Instance, Seq) IN (${keys})`;
  await eventually("every acknowledged window", async () => (await world.count(windows)) === sent.length, 60);
  expect(
    await world.count(
      `SELECT count() FROM (SELECT Instance, Seq FROM profile_windows WHERE ${threads} GROUP BY Instance, Seq HAVING count() > 1)`,
    ),
  ).toBe(0);
  const result = await world.client.query({
    query: `SELECT Instance, Seq, Start, End FROM profile_windows WHERE (Instance, Seq) IN (${keys})`,
    format: "JSONEachRow",
  });
  const rows = await result.json<{ Instance: string; Seq: string; Start: string }>();
  expect(rows.length).toBe(sent.length);
  // The windows of a thread lie one behind the other, so a sample's window is the one that began last before it.
  const perWindow = await world.client.query({
    query: `SELECT w.Instance AS instance, toString(w.Seq) AS seq, count() AS samples
      FROM profile_samples AS s ASOF JOIN profile_windows AS w
        ON s.Instance = w.Instance AND s.Timestamp >= w.Start
      WHERE s.${threads} GROUP BY instance, seq`,
    format: "JSONEachRow",
  });
  const samples = new Map(
    (await perWindow.json<{ instance: string; seq: string; samples: string }>()).map((row) => [
      `${row.instance}/${row.seq}`,
      Number(row.samples),
    ]),
  );
  const wrong = sent.filter((m) => (samples.get(`${m.instance}/${m.seq}`) ?? 0) !== m.samples);
  expect(wrong.map((m) => [m.seq, m.samples, samples.get(`${m.instance}/${m.seq}`)])).toEqual([]);
}
