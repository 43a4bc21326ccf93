import type { Part, Window } from "@hotspan/wire";
import { encodeWindowInSteps, HEADERS, recordKey } from "@hotspan/wire";
import { type WindowFacts, windowFacts } from "../telemetry/window-facts.ts";
import type { TakenWindow } from "./assemble.ts";
import { assemble } from "./assemble.ts";
import { fit, fitNow } from "./fit.ts";
import { betweenTurns, finished, type Spent, stopwatch } from "./steps.ts";

/** One encoded part, ready for a transport. */
export interface Message {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Encoded {
  /** None if it could not be made to fit into messages. */
  readonly messages: Message[];
  readonly facts: WindowFacts;
  /** CPU of this thread, with what taking the window used. */
  readonly cpuNanos: number;
  /** The longest stall as far as it was the agent's doing. */
  readonly ownStallNanos: number;
}

/**
 * Of a stall, what the agent could have spared: on a busy machine a thread that wants to run waits as long whatever it does.
 * Four times its CPU, since what it waits for within V8 is its doing too.
 */
function ownStall(wallNanos: number, cpuNanos: number): number {
  return Math.min(wallNanos, 4 * cpuNanos);
}

/** Where encoding happens: in the thread itself, between turns of its loop; a worker thread could take this place. */
export interface Encoder {
  /** @param awaited whether it may be the last: then also a short one waits for its source maps. */
  encode(taken: TakenWindow, awaited: boolean): Promise<Encoded>;
  /** For the `exit` event. */
  encodeNow(taken: TakenWindow): Message[];
}

const MOST_WAIT_MILLIS = 1000;
const SHORT_MILLIS = 2000;

/** Not in worker threads that live for a moment only: each would start a thread of its own for it. */
async function prepareSourceMaps(
  { from, to, slices, options }: TakenWindow,
  awaited: boolean,
  told: (spent: Spent) => void,
): Promise<void> {
  const duration = to.performanceMillis - from.performanceMillis;
  const { maps, threadId } = options;
  const short = duration < SHORT_MILLIS;
  if (maps === undefined || (threadId !== 0 && short)) return;
  const roots = slices.map(({ topDownRoot }) => topDownRoot);
  const prepared = maps.prepare(roots, MOST_WAIT_MILLIS, told);
  // Windows that wait for their encoding hold memory, and a third one is dropped. What comes late is there for the next.
  if (awaited || !short) await prepared;
}

export class InlineEncoder implements Encoder {
  async encode(taken: TakenWindow, awaited: boolean): Promise<Encoded> {
    let longest = taken.stallNanos;
    let cpuNanos = taken.cpuNanos;
    let ownStallNanos = ownStall(taken.stallNanos, taken.cpuNanos);
    const told = (spent: Spent): void => {
      cpuNanos += spent.cpuNanos;
      longest = Math.max(longest, spent.wallNanos);
      ownStallNanos = Math.max(ownStallNanos, ownStall(spent.wallNanos, spent.cpuNanos));
    };
    await prepareSourceMaps(taken, awaited, told);
    const assembled = await betweenTurns(assemble(taken), told);
    // What encoding takes, the header cannot say any more.
    const header = { ...assembled.window.header, flushStallNanos: longest };
    const window = { ...assembled.window, header };
    const encoded = await betweenTurns(encodeWindowInSteps(window), told);
    // What is small is compressed at once.
    const spent = stopwatch();
    const fitting = fit({ ...assembled, window }, encoded);
    told(spent());
    const parts = await fitting;
    return {
      messages: (parts ?? []).map(message),
      facts: windowFacts(window),
      cpuNanos,
      ownStallNanos,
    };
  }

  encodeNow(taken: TakenWindow): Message[] {
    return (fitNow(finished(assemble(taken))) ?? []).map(message);
  }
}

function message({ window: { header }, bytes }: Part): Message {
  return {
    key: recordKey(header.instance, header.threadId),
    headers: messageHeaders({ header }),
    body: bytes,
  };
}

export function messageHeaders({ header }: Pick<Window, "header">): Record<string, string> {
  return {
    [HEADERS.version]: `${header.versionMajor}.${header.versionMinor}`,
    [HEADERS.profileId]: header.profileId,
    [HEADERS.service]: header.resource["service.name"] ?? "",
    [HEADERS.encoding]: "zstd",
  };
}
