import type { Journal, Label, Part, Window } from "@hotspan/wire";
import { LIMITS, splitWindow, splitWindowNow, WireError } from "@hotspan/wire";
import type { Assembled } from "./assemble.ts";
import { compressSoon } from "./compress.ts";

/** Every message, not only their average: a broker refuses a record above its limit with all that is sent along. */
const LIMIT = { targetBytes: LIMITS.targetBytes, messageBytes: LIMITS.targetBytes };

/** What is left out when single ticks are larger than a message may be, one step after the other. */
const STEPS: readonly { readonly depth: number; readonly turns: boolean; readonly userLabels: boolean }[] = [
  { depth: 64, turns: true, userLabels: true },
  { depth: 16, turns: true, userLabels: false },
  { depth: 2, turns: false, userLabels: false },
];

/**
 * The messages of a window, none above 512 kB. It is split between ticks; where that is not enough, stacks are cut, resumes and turns
 * left out, each with its count, with the turns the readings of the run delay, and user labels. Undefined: not even that was enough.
 * @param encoded the bytes of the window as it was assembled
 */
export async function fit(assembled: Assembled, encoded?: Uint8Array): Promise<readonly Part[] | undefined> {
  let known = encoded;
  for (const window of ever(assembled)) {
    const options = { ...LIMIT, ...(known && { encoded: known }), compress: compressSoon };
    const parts = await splitWindow(window, options).catch(tooLarge);
    if (parts !== undefined) return parts;
    known = undefined;
  }
  return undefined;
}

/** For the `exit` event. */
export function fitNow(assembled: Assembled): readonly Part[] | undefined {
  for (const window of ever(assembled)) {
    try {
      return splitWindowNow(window, LIMIT);
    } catch (error) {
      tooLarge(error);
    }
  }
  return undefined;
}

/** The window, then ever less of it. */
function* ever({ window, pprof }: Assembled): Generator<Window, void, void> {
  yield window;
  for (const { depth, turns, userLabels } of STEPS) {
    const journal = window.journal && lessOf(window.journal, turns);
    yield {
      ...window,
      pprof: pprof(depth),
      journal,
      labels: labelsOf(window, journal, userLabels),
    };
  }
}

/** Rows keep their numbers; of those that nothing refers to any more nothing is left. */
function labelsOf({ labels, ticks }: Window, journal: Journal | undefined, user: boolean): Label[] {
  const used = new Set([...ticks.label, ...(journal?.turnLabel ?? [])]);
  return labels.map((label, i) => (used.has(i + 1) ? (user ? label : { ...label, user: {} }) : UNUSED));
}

const UNUSED: Label = { traceId: "", spanId: "", localRootId: "", endpoint: "", sampled: false, user: {} };

const none = new Uint32Array(0);

function lessOf(journal: Journal, turns: boolean): Journal {
  return {
    ...journal,
    resumeDeltaMicros: none,
    resumeLabel: none,
    resumeSource: new Uint8Array(0),
    resumeLateMicros: none,
    droppedResumes: journal.droppedResumes + journal.resumeDeltaMicros.length,
    ...(turns
      ? {}
      : {
          turnDeltaMicros: none,
          turnBusyMicros: none,
          turnLabel: none,
          runDelayDeltaMicros: none,
          runDelaySpanMicros: none,
          runDelayMicros: none,
          droppedTurns: journal.droppedTurns + journal.turnDeltaMicros.length,
        }),
  };
}

function tooLarge(error: unknown): undefined {
  if (error instanceof WireError && error.code === "HOTSPAN_WIRE_MESSAGE_TOO_LARGE") return undefined;
  throw error;
}
