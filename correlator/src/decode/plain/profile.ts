import { createHash } from "node:crypto";
import { type Limits, timeInRange, WireError } from "@hotspan/wire";
import type { Stacks } from "../stacks.ts";
import type { WindowKey } from "../types.ts";

/** What a profile's values measure, in the store's terms. */
export type ProfileType = "wall" | "heap_inuse" | "heap_alloc";

/** A profile without ticks: samples with a stack and a value, some with a span. It gives flame graphs and no ledger. */
export interface PlainProfile {
  readonly service: string;
  readonly resource: Readonly<Record<string, string>>;
  /** 32 hex digits, the same for all profiles of a process as far as its resource tells. */
  readonly instance: string;
  /** Names the profile, for a sender that sends it again. */
  readonly key: WindowKey;
  readonly stacks: Stacks;
  readonly samples: readonly PlainSample[];
}

/** One row of `profile_samples`. */
export interface PlainSample {
  readonly type: ProfileType;
  /** Of the profile's stacks. */
  readonly stack: number;
  /** Unix µs. */
  readonly micros: number;
  readonly thread: number;
  /** Hex, or both empty. */
  readonly traceId: string;
  readonly spanId: string;
  /** Nanoseconds, or bytes. */
  readonly value: number;
  readonly cpuNano: number;
  readonly objects: number;
}

/** A stable 32 hex digits for texts. */
export function digest(...texts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("hex").slice(0, 32);
}

/** The process behind a resource: by its instance id, else by everything the resource says. */
export function instanceOf(resource: Readonly<Record<string, string>>): string {
  const id = resource["service.instance.id"];
  if (id !== undefined && id !== "") return digest(resource["service.name"] ?? "", id);
  const sorted = Object.keys(resource).toSorted();
  return digest(...sorted.flatMap((key) => [key, resource[key] ?? ""]));
}

/** Throws HOTSPAN_WIRE_TIME_OUT_OF_RANGE. */
export function checkTime(micros: number, recordMs: number, limits: Limits): void {
  if (!timeInRange(micros / 1000, recordMs, limits))
    throw new WireError(
      "HOTSPAN_WIRE_TIME_OUT_OF_RANGE",
      `the profile's clock says ${micros} µs, its record ${recordMs} ms`,
    );
}

/** Ids as the store has them; none for what is no id. Some writers name the span and not its trace. */
export function spanOf(
  traceId: string,
  spanId: string,
): { readonly traceId: string; readonly spanId: string } {
  return { traceId: idOf(traceId, 32), spanId: idOf(spanId, 16) };
}

function idOf(text: string, digits: number): string {
  const id = text.toLowerCase();
  return id.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id) ? id : "";
}
