import {
  buildTimeline,
  type LedgerContext,
  type LedgerSpan,
  type LedgerWindow,
  type Timeline,
  type UnixRange,
} from "@hotspan/ledger";
import type { LaneData, LaneRange } from "../db/ledger-data.ts";
import { readEventRows, readWindowRows, type StoredEvent } from "./columns.ts";

/** Windows that one question spans, and the timeline made of them when it is first asked for. */
interface Cluster {
  readonly start: bigint;
  readonly end: bigint;
  readonly windows: readonly LedgerWindow[];
  /** What of it was asked for. */
  readonly asked: UnixRange;
  timeline: Timeline | undefined;
}

const SEAM = 1_000_000_000n;
const laneOf = (instance: string, thread: number): string => `${instance}/${thread}`;

/**
 * Timelines of the threads that were read. Windows far apart make one each: two hundred spans over an hour need a dozen seconds
 * each of it, and each looks through its own timeline only.
 */
export class Lanes {
  readonly #clusters = new Map<string, Cluster[]>();
  readonly #events: ReadonlyMap<string, readonly StoredEvent[]>;

  readonly #whole: boolean;

  /** @param whole timelines of whole windows, not only of the ranges. */
  constructor(data: LaneData, ranges: readonly LaneRange[], whole = false) {
    this.#whole = whole;
    const windows = readWindowRows(data.windows);
    this.#events = Map.groupBy(readEventRows(data.events), (one) => laneOf(one.instance, one.thread));
    const rangesOf = Map.groupBy(ranges, (one) => laneOf(one.instance, one.thread));
    for (const [lane, list] of Map.groupBy(windows, (one) => laneOf(one.instance, one.thread)))
      this.#clusters.set(lane, cluster(list, rangesOf.get(lane) ?? []));
  }

  /** All windows of each thread, and its events. */
  each(): {
    readonly instance: string;
    readonly thread: number;
    readonly windows: readonly LedgerWindow[];
    readonly events: readonly StoredEvent[];
  }[] {
    return [...this.#clusters].map(([lane, clusters]) => ({
      instance: lane.slice(0, lane.indexOf("/")),
      thread: Number(lane.slice(lane.indexOf("/") + 1)),
      windows: clusters.flatMap((one) => one.windows),
      events: this.#events.get(lane) ?? [],
    }));
  }

  /** For one span: of each thread's timelines the one it lies in. Clocks of hosts differ: where there is but one, that one. */
  timelineOf(span: Pick<LedgerSpan, "startUnixNano" | "durationNano">): LedgerContext["timelineOf"] {
    const end = span.startUnixNano + BigInt(span.durationNano);
    return (instance, thread) => {
      const lane = laneOf(instance, thread);
      const clusters = this.#clusters.get(lane) ?? [];
      const found =
        clusters.length === 1
          ? clusters[0]
          : clusters.find((one) => one.start <= end && one.end >= span.startUnixNano);
      if (found === undefined) return undefined;
      return (found.timeline ??= buildTimeline(
        found.windows,
        this.eventsOf(lane, found.start, found.end),
        this.#whole ? undefined : found.asked,
      ));
    };
  }

  private eventsOf(lane: string, from: bigint, to: bigint): StoredEvent[] {
    return (this.#events.get(lane) ?? []).filter(
      ({ startUnixNano, durationNano }) => startUnixNano < to && startUnixNano + BigInt(durationNano) > from,
    );
  }
}

/** Neighbours stay together where a range reaches over both. */
function cluster(windows: readonly LedgerWindow[], ranges: readonly LaneRange[]): Cluster[] {
  const sorted = windows.toSorted((a, b) =>
    a.startUnixNano < b.startUnixNano ? -1 : a.startUnixNano > b.startUnixNano ? 1 : a.part - b.part,
  );
  const clusters: {
    start: bigint;
    end: bigint;
    windows: LedgerWindow[];
    asked: UnixRange;
    timeline: undefined;
  }[] = [];
  for (const window of sorted) {
    const last = clusters.at(-1);
    const joined =
      last !== undefined &&
      (window.startUnixNano === last.windows.at(-1)?.startUnixNano ||
        ranges.some(({ from, to }) => from - SEAM <= last.end && to + SEAM >= window.startUnixNano));
    if (!joined)
      clusters.push({
        start: window.startUnixNano,
        end: window.endUnixNano,
        windows: [window],
        asked: { from: window.startUnixNano, to: window.endUnixNano },
        timeline: undefined,
      });
    else {
      last.windows.push(window);
      if (window.endUnixNano > last.end) last.end = window.endUnixNano;
    }
  }
  for (const each of clusters) {
    const over = ranges.filter(({ from, to }) => from - SEAM <= each.end && to + SEAM >= each.start);
    if (over.length === 0) continue;
    each.asked = {
      from: over.reduce((least, { from }) => (from < least ? from : least), over[0]!.from),
      to: over.reduce((most, { to }) => (to > most ? to : most), over[0]!.to),
    };
  }
  return clusters;
}
