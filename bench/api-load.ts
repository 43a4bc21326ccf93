// The query API under people: so many at once, each looking at a page for a while before asking for the next. p95 by endpoint, beside
// that of one person alone on the same store.
//   node --conditions=hotspan-source bench/api-load.ts [samples = 1000000] [--store DIR] [--users 20] [--seconds 120] [--think 4]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type EndpointFigure, Times } from "./load/figures.ts";
import { type Ask, chance, visits } from "./load/users.ts";
import { type ApiProcess, startApi } from "./scale/api.ts";
import { sizes } from "./scale/report.ts";
import { openStore, type ScaleStore } from "./scale/store.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // One of bench/scale.ts; without it a small one is built and removed.
    store: { type: "string" },
    users: { type: "string", default: "20" },
    seconds: { type: "string", default: "120" },
    // Mean time between two pages, in seconds.
    think: { type: "string", default: "4" },
  },
});
const samples = Number(positionals[0] ?? 1_000_000);
const users = Number(values.users);
const seconds = Number(values.seconds);
const thinkMs = Number(values.think) * 1000;
/** Not counted: caches and compiled code are those of a server that runs. */
const WARM_UP_SHARE = 0.2;

const folder = values.store ?? mkdtempSync(join(tmpdir(), "hotspan-load-"));
try {
  await using store = await openStore(folder, samples, 1, 3_600_000);
  if (!store.complete) throw new Error("The store is not complete: run bench/scale.ts first.");
  await measure(store);
} finally {
  if (values.store === undefined) rmSync(folder, { recursive: true, force: true });
}

async function measure({ db, startMs }: ScaleStore): Promise<void> {
  await using api = await startApi(db.store);
  const visit = await visits(db, startMs);
  const alone = await run(api, visit, 1, Math.min(seconds, 60));
  const together = await run(api, visit, users, seconds);
  const one = new Map(alone.figures().map((figure) => [figure.endpoint, figure]));
  const figures = together
    .figures()
    .map((figure) => ({ ...figure, aloneP95: one.get(figure.endpoint)?.p95 }));
  report(figures, together.failures, await sizes(db));
}

/** Each user goes from visit to visit; a page's requests go out together, as a browser sends them. */
async function run(
  api: ApiProcess,
  visit: Awaited<ReturnType<typeof visits>>,
  count: number,
  forSeconds: number,
): Promise<Times> {
  const times = new Times();
  const began = performance.now();
  const countFrom = began + forSeconds * WARM_UP_SHARE * 1000;
  const end = began + forSeconds * 1000;
  const ask = async ({ endpoint, path, body }: Ask): Promise<void> => {
    const at = performance.now();
    let failure: string | undefined;
    try {
      await api.ask(path, body);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      // Too few slow spans in an hour of a small store: an answer like another.
      if (!text.includes("not_comparable")) failure = text;
    }
    if (at >= countFrom) times.add(endpoint, performance.now() - at, failure);
  };
  const user = async (seed: number): Promise<void> => {
    const random = chance(seed);
    const think = (): Promise<void> => sleep(Math.min(-Math.log(1 - random()) * thinkMs, 5 * thinkMs));
    await sleep(random() * thinkMs);
    for (;;)
      for (const page of visit(random)) {
        if (performance.now() > end) return;
        await Promise.all(page.map(ask));
        await think();
      }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => user(i + 1)));
  return times;
}

function report(
  figures: readonly (EndpointFigure & { readonly aloneP95: number | undefined })[],
  failures: readonly string[],
  size: Awaited<ReturnType<typeof sizes>>,
): void {
  console.table(
    figures.map(({ endpoint, requests, failed, p50, p95, p99, max, aloneP95 }) => ({
      endpoint,
      requests,
      failed,
      p50,
      p95,
      p99,
      max,
      "p95 of one user": aloneP95 ?? "",
    })),
  );
  for (const failure of failures) console.error(failure);
  const results = new URL("results/", import.meta.url);
  mkdirSync(results, { recursive: true });
  const about = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    // Above the number of cores other programs were running, and the times are too long.
    loadAverage1m: Number((loadavg()[0] ?? 0).toFixed(1)),
    users,
    seconds,
    thinkSeconds: thinkMs / 1000,
    ...size,
    figures,
  };
  writeFileSync(new URL("api-load.json", results), `${JSON.stringify(about, undefined, 2)}\n`);
}
