import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { killings, Members, random, rounds, seed, strike } from "./support/faults.ts";
import { expectStoredOnce, sendUntil } from "./support/ingest.ts";
import { post } from "./support/windows.ts";
import { eventually, startWorld, type World } from "./support/world.ts";

const total = rounds(6, 200);
const roundsPerCount = 20;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  console.info(`HOTSPAN_TEST_SEED=${seed}`);
});
afterAll(() => world?.close());

test(`each window that was answered 202 is stored once while ClickHouse and the correlator are killed (${total} times)`, {
  timeout: 2 * 3_600_000,
}, async () => {
  const next = random(seed);
  const members = new Members(world, [{ HOTSPAN_DATA: join(world.folder, "data") }]);
  const tally = new Map<string, number>();
  let windows = 0;
  await members.start();
  try {
    for (let done = 0; done < total; done += roundsPerCount) {
      const over = new AbortController();
      // Another process, another port.
      const sending = sendUntil(
        over.signal,
        async ({ value }) => (await post(members.children[0]?.url ?? "", value)) === 202,
      );
      const stored = (): Promise<number> => world.count("SELECT count() FROM profile_windows");
      for (let round = done; round < Math.min(total, done + roundsPerCount); round++) {
        const before = await stored();
        await eventually("something is stored", async () => (await stored()) > before, 600);
        await strike(killings(world, members, next), next, tally);
      }
      over.abort();
      const sent = await sending;
      await expectStoredOnce(world, sent);
      windows += sent.length;
      console.info(`${JSON.stringify({ ...Object.fromEntries(tally), windows })}, none lost, none twice`);
    }
  } catch (error) {
    console.log(error, await members.report());
    throw error;
  } finally {
    await members.close();
  }
});
