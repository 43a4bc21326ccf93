// How fast a correlator turns windows into rows, beside inflating alone and beside pprof-format's decoder.
// node --conditions=hotspan-source bench/decode.ts; figures are CPU time. Samples are ticks with a stack.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BatchBuilder, StackMemory } from "@hotspan/correlator/decode";
import { decodeWindow, encodeWindow, readPprof } from "@hotspan/wire";
import { makeWindow, type WindowOptions } from "@hotspan/wire/testing";
import { Profile } from "pprof-format";

const startMillis = 1_795_000_000_000;
const cases: readonly (readonly [name: string, options: WindowOptions])[] = [
  ["10 s, half busy", { seconds: 10, busy: 0.5 }],
  ["60 s, 4.5k samples", { seconds: 60, busy: 0.8, spans: 15, stacks: 600 }],
];

interface Result {
  readonly samples: number;
  readonly millis: number;
}

/** CPU time (all threads: garbage collection and zlib's too) of the best of several rounds, so that neighbours matter little. */
async function best(samples: number, run: () => unknown): Promise<Result> {
  let millis = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    const calls = 4;
    const start = process.cpuUsage();
    for (let i = 0; i < calls; i++) await run();
    const { user, system } = process.cpuUsage(start);
    if (round > 0) millis = Math.min(millis, (user + system) / 1000 / calls);
  }
  return { samples, millis };
}

async function toRows(
  values: readonly Uint8Array[],
  stackMemory: StackMemory | undefined,
  encoding: "zstd" | "gzip" = "zstd",
): Promise<number> {
  const builder = new BatchBuilder(1n, stackMemory === undefined ? {} : { stackMemory });
  const meta = {
    source: "bench",
    timestampMs: startMillis + 60_000,
    headers: { "content-encoding": encoding },
  };
  await Promise.all(values.map((value, i) => builder.addWindow({ ...meta, offset: BigInt(i) }, value)));
  const { counts, deadLetters } = builder.finish();
  if (deadLetters.length > 0) throw new Error(deadLetters[0]?.detail);
  builder.stacksStored();
  return counts.samples;
}

const results: Record<string, Record<string, { samples: number; millis: number; timesGunzip: number }>> = {};
for (const [name, options] of cases) {
  const window = makeWindow({ ...options, startMillis });
  const raw = encodeWindow(window);
  const zstd = zstdCompressSync(raw);
  const gzip = gzipSync(raw);
  const samples = window.ticks.stack.filter((stack) => stack > 0).length;
  const batch = Array.from({ length: 20 }, (_, i) =>
    zstdCompressSync(encodeWindow(makeWindow({ ...options, startMillis, seed: i + 1 }))),
  );
  const batchSamples = await toRows(batch, undefined);
  const memory = new StackMemory();
  await toRows(batch, memory);
  const rows: readonly (readonly [string, Result])[] = [
    ["gunzip alone", await best(samples, () => gunzipSync(gzip))],
    ["zstd alone", await best(samples, () => zstdDecompressSync(zstd))],
    ["pprof-format decode", await best(samples, () => Profile.decode(window.pprof))],
    ["decodeWindow", await best(samples, () => decodeWindow(raw))],
    ["readPprof", await best(samples, () => readPprof(window.pprof))],
    ["to rows, 1 window, gzip", await best(samples, () => toRows([gzip], undefined, "gzip"))],
    ["to rows, 1 window, zstd", await best(samples, () => toRows([zstd], undefined))],
    ["to rows, 20 windows", await best(batchSamples, () => toRows(batch, undefined))],
    ["to rows, 20, known stacks", await best(batchSamples, () => toRows(batch, memory))],
  ];
  console.log(
    `\n${name}: ${samples} samples, ${raw.length} B raw, ${zstd.length} B zstd, ${gzip.length} B gzip`,
  );
  const gunzipPerSample = (rows[0]?.[1].millis ?? 0) / samples;
  const shown: (typeof results)[string] = {};
  for (const [what, { samples: of, millis }] of rows) {
    const rate = (of / millis / 1000).toFixed(2);
    const timesGunzip = Number((millis / of / gunzipPerSample).toFixed(1));
    shown[what] = { samples: of, millis: Number(millis.toFixed(2)), timesGunzip };
    console.log(
      `  ${what.padEnd(26)} ${millis.toFixed(2).padStart(8)} ms ${rate.padStart(7)} M samples/s ${timesGunzip} x gunzip`,
    );
  }
  results[name] = shown;
}
writeFileSync(
  join(import.meta.dirname, "results/decode.json"),
  `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), node: process.version, cpu: cpus()[0]?.model, results }, undefined, 2)}\n`,
);
