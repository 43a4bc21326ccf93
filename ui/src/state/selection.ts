// Which samples: what the profiles and the comparison have in common in their addresses.
import type { QueryValue } from "../api/client.ts";
import { shortId } from "../lib/format.ts";
import { compact, type RawSearch, readChoice, readText, readTexts } from "./raw.ts";
import { type TookState, validateTook } from "./took.ts";

/** The first is the default. */
export const profileTypes = ["cpu", "wall", "heap_inuse", "heap_alloc", "loop_hold"] as const;
export type ProfileType = (typeof profileTypes)[number];

/** What a service's samples are narrowed by; values of one dimension are alternatives. */
export const dimensions = ["version", "environment", "zone", "instance", "thread", "label"] as const;
export type Dimension = (typeof dimensions)[number];

export type Narrowing = { readonly [D in Dimension]?: readonly string[] | undefined };

/** A selection without its type and times. */
export interface Subject extends Narrowing, TookState {
  readonly service?: string | undefined;
  /** Name of the local root. */
  readonly endpoint?: string | undefined;
  /** Instead of an endpoint: name of the span the samples belong to. */
  readonly operation?: string | undefined;
}

export interface SelectionState extends Subject {
  readonly type?: Exclude<ProfileType, "cpu"> | undefined;
}

/** As the API would refuse it: 32 hex digits, whole numbers, `key:value`. */
const readable: Partial<Readonly<Record<Dimension, RegExp>>> = {
  instance: /^[0-9a-f]{32}$/,
  thread: /^\d{1,9}$/,
  label: /^[^:]+:./s,
};

export const isReadable = (dimension: Dimension, value: string): boolean =>
  value !== "" && (readable[dimension]?.test(value) ?? true);

export function validateSelection(raw: RawSearch): SelectionState {
  const endpoint = readText(raw, "endpoint");
  const narrowing = Object.fromEntries(
    dimensions.map((name) => {
      const values = readTexts(raw, name)?.filter((value) => isReadable(name, value));
      return [name, values === undefined || values.length === 0 ? undefined : values];
    }),
  );
  return compact<SelectionState>({
    service: readText(raw, "service"),
    endpoint,
    operation: endpoint === undefined ? readText(raw, "operation") : undefined,
    ...narrowing,
    ...validateTook(raw),
    type: readChoice(raw, "type", profileTypes) as SelectionState["type"],
  });
}

/** Of any state that holds a selection, that alone. */
export function subjectOf(state: Subject): Subject {
  const { service, endpoint, operation, version, environment, zone, instance, thread, label, minMs, maxMs } =
    state;
  return compact<Subject>({
    service,
    endpoint,
    operation,
    version,
    environment,
    zone,
    instance,
    thread,
    label,
    minMs,
    maxMs,
  });
}

/** As parameters of the API. */
export function selectionParams(state: SelectionState): Record<string, QueryValue> {
  return { ...subjectOf(state), type: state.type ?? "cpu" };
}

export interface Narrow {
  readonly dimension: Dimension;
  readonly value: string;
}

export function narrowsOf(state: Narrowing): readonly Narrow[] {
  return dimensions.flatMap((dimension) => (state[dimension] ?? []).map((value) => ({ dimension, value })));
}

export function addNarrow<S extends Narrowing>(state: S, { dimension, value }: Narrow): S {
  return { ...state, [dimension]: [...new Set([...(state[dimension] ?? []), value])] };
}

export function removeNarrow<S extends Narrowing>(state: S, { dimension, value }: Narrow): S {
  const left = (state[dimension] ?? []).filter((one) => one !== value);
  return compact({ ...state, [dimension]: left.length > 0 ? left : undefined });
}

/** `version 1.1.0`, `main thread`, `instance 7d9f01c2`. */
export function narrowWords({ dimension, value }: Narrow): string {
  if (dimension === "thread" && value === "0") return "main thread";
  if (dimension === "label") return value.replace(":", " = ");
  return `${dimension} ${dimension === "instance" ? shortId(value) : value}`;
}

/** In a drop-down. */
export const typeWords: Readonly<Record<ProfileType, string>> = {
  cpu: "CPU",
  wall: "Wall time",
  heap_inuse: "Heap in use",
  heap_alloc: "Heap allocations",
  loop_hold: "Loop held",
};

export const typeOf = (state: SelectionState): ProfileType => state.type ?? "cpu";
