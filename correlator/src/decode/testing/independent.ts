import { TickState } from "@hotspan/wire";
import { readGenerated } from "@hotspan/wire/testing";
import { Profile } from "pprof-format";
import type { FinishedBatch } from "../batch.ts";
import { rowsOf } from "./rows.ts";

/** A sample with its frames, leaf first, as far as the bytes say it. */
export interface SampleFacts {
  readonly micros: bigint;
  readonly state: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly endpoint: string;
  readonly cpuNano: bigint;
  readonly frames: readonly FrameFacts[];
}

type FrameFacts = readonly [name: string, file: string, line: number, column: number];

/** What the window's samples are by other people's code: that which protoc-gen-es generated, and pprof-format. */
export function samplesByOthers(bytes: Uint8Array): readonly SampleFacts[] {
  const { header, ticks, labels, pprof } = readGenerated(bytes);
  const stacks = stacksByOthers(pprof);
  const hex = (id: Uint8Array | undefined): string => Buffer.from(id ?? []).toString("hex");
  const found: SampleFacts[] = [];
  let micros = (header?.start?.epochNanos ?? 0n) / 1000n;
  ticks?.deltaMicros.forEach((delta, i) => {
    micros += BigInt(delta);
    const state = ticks.state[i] ?? 0;
    const sample = ticks.stack[i] ?? 0;
    if (sample === 0 || state === TickState.idle) return;
    const label = labels?.rows[(ticks.label[i] ?? 0) - 1];
    found.push({
      micros,
      state,
      traceId: hex(label?.traceId),
      spanId: hex(label?.spanId),
      endpoint: label?.endpoint ?? "",
      cpuNano: BigInt(ticks.cpuMicros[i] ?? 0) * 1000n,
      frames: stacks[sample - 1] ?? [],
    });
  });
  return found;
}

/** The stack of every sample of a pprof profile, by pprof-format. */
export function stacksByOthers(bytes: Uint8Array): readonly (readonly FrameFacts[])[] {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  // Of two with one id the first counts: toReversed, as a Map keeps the last.
  const functions = new Map(profile.function.toReversed().map((fn) => [Number(fn.id), fn]));
  const locations = new Map(profile.location.toReversed().map((location) => [Number(location.id), location]));
  // A line that is no line, negative or beyond 32 bits, is none.
  const whole = (value: number | bigint): number => {
    const line = BigInt.asIntN(64, BigInt(value));
    return line >= 0n && line <= 0xffff_ffffn ? Number(line) : 0;
  };
  return profile.sample.map((sample) =>
    sample.locationId.flatMap((id) =>
      (locations.get(Number(id))?.line ?? []).map((line): FrameFacts => {
        const fn = functions.get(Number(line.functionId));
        return [text(fn?.name ?? 0), text(fn?.filename ?? 0), whole(line.line), whole(line.column)];
      }),
    ),
  );
}

/** The same of the rows of a batch: samples joined with their stacks. */
export function samplesOfRows({ blocks }: FinishedBatch): readonly SampleFacts[] {
  const rows = (table: string): ReturnType<typeof rowsOf> =>
    blocks.filter((block) => block.table === table).flatMap(rowsOf);
  const stacks = new Map(rows("profile_stacks").map((row) => [row["StackHash"], row as unknown as StackRow]));
  return rows("profile_samples").map((row) => {
    const stack = stacks.get(row["StackHash"]);
    if (stack === undefined) throw new Error("a sample without its stack");
    return {
      micros: row["Timestamp"] as bigint,
      state: row["State"] as number,
      traceId: row["TraceId"] as string,
      spanId: row["SpanId"] as string,
      endpoint: row["Endpoint"] as string,
      cpuNano: row["CpuNano"] as bigint,
      frames: stack.Functions.map(
        (name, i) => [name, stack.Files[i] ?? "", stack.Lines[i] ?? 0, stack.Columns[i] ?? 0] as const,
      ),
    };
  });
}

interface StackRow {
  readonly Functions: readonly string[];
  readonly Files: readonly string[];
  readonly Lines: readonly number[];
  readonly Columns: readonly number[];
}
