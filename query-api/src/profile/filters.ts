import { RE2JS } from "re2js";
import type { Frame } from "../types.ts";
import { ApiError } from "../errors.ts";
import { frameText, type SampleSet, type StackSample } from "./frames.ts";

export interface FilterText {
  readonly focus?: readonly string[] | undefined;
  readonly hide?: readonly string[] | undefined;
  readonly show?: readonly string[] | undefined;
  readonly highlight?: readonly string[] | undefined;
}

export interface Filters {
  readonly focus: readonly RE2JS[];
  readonly hide: readonly RE2JS[];
  readonly show: readonly RE2JS[];
  readonly highlight: readonly RE2JS[];
}

// RE2 runs in linear time, but `(a{1,1000}){1,1000}`-like patterns grow while compiling; RE2 itself refuses repeats
// over 1000, this bounds what is left.
const MAX_PROGRAM = 20_000;

const MAX_LENGTH = 1000;

function compile(field: string, pattern: string): RE2JS {
  if (pattern.length === 0 || pattern.length > MAX_LENGTH)
    throw new ApiError("bad_filter", `${field}: a pattern has 1 to ${MAX_LENGTH} characters`, { field });
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new ApiError("bad_filter", `${field}: ${(error as Error).message}`, { field });
  }
  if (compiled.programSize() > MAX_PROGRAM)
    throw new ApiError("bad_filter", `${field}: the pattern is too complex`, { field });
  return compiled;
}

/** Throws `bad_filter` naming the parameter. */
export function compileFilters(text: FilterText): Filters {
  const all = (field: keyof FilterText): RE2JS[] =>
    (text[field] ?? []).map((pattern) => compile(field, pattern));
  return { focus: all("focus"), hide: all("hide"), show: all("show"), highlight: all("highlight") };
}

export function matchAny(patterns: readonly RE2JS[], frame: Frame): boolean {
  const text = frameText(frame);
  return patterns.some((pattern) => pattern.test(text));
}

/**
 * Applies focus, then hide, then show. A stack stays when each focus pattern matches one of its frames; a hidden frame
 * leaves the stack, so its self falls to the next visible frame towards the root, and no total changes.
 */
export function applyFilters<T extends SampleSet>(set: T, filters: Filters): T {
  const { focus, hide, show } = filters;
  if (focus.length + hide.length + show.length === 0) return set;
  const focusOf = focus.map((pattern) => set.frames.map((frame) => pattern.test(frameText(frame))));
  const visible = set.frames.map(
    (frame) => !(hide.length > 0 && matchAny(hide, frame)) && (show.length === 0 || matchAny(show, frame)),
  );
  const stacks: StackSample[] = [];
  for (const sample of set.stacks) {
    const stack = Array.from(sample.stack);
    if (!focusOf.every((matches) => stack.some((frame) => matches[frame]))) continue;
    stacks.push({ ...sample, stack: stack.filter((frame) => visible[frame]) });
  }
  return { ...set, stacks };
}
