import type {
  Ledger as Computed,
  LedgerBlame as ComputedBlame,
  LedgerRow as ComputedRow,
  TimelineAround,
} from "@hotspan/ledger";
import type { Ledger, LedgerBlame, LedgerRow, ProfileState, Timeline } from "../types.ts";
import { frameOf, madeFrames } from "./frames.ts";

/** A computed ledger as the API shows it. `state` may be worse than what was computed: then it has no rows. */
export function ledgerAnswer(computed: Computed, state: ProfileState, retryAfterMs?: number): Ledger {
  const ready = state === "ready";
  const { coverage } = computed;
  return {
    state,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    spanId: computed.spanId,
    service: computed.service,
    instance: computed.instance,
    thread: computed.thread,
    startUnixNano: String(computed.startUnixNano),
    durationNano: computed.durationNano,
    coverage: { ...coverage, clockErrorNano: Math.round(coverage.clockErrorNano) },
    rows: ready ? computed.rows.map(rowAnswer) : [],
    blame: ready ? computed.blame.map(blameAnswer) : [],
    children: computed.children.map((child) => ({ ...child })),
  };
}

function rowAnswer({ class: name, nano, share, low, high, ticks, parts, top }: ComputedRow): LedgerRow {
  return {
    class: name,
    nano,
    share,
    low,
    high,
    ticks,
    ...(parts === undefined
      ? {}
      : {
          parts: parts.map((part) => ({
            class: part.class,
            nano: part.nano,
            share: part.share,
            low: part.low,
            high: part.high,
            ticks: part.ticks,
          })),
        }),
    ...(top === undefined
      ? {}
      : { top: top.map((entry) => ({ frame: frameOf(entry.frame), nano: entry.nano })) }),
  };
}

function blameAnswer(entry: ComputedBlame): LedgerBlame {
  const { endpoint, traceId, spanId, kind, frame, nano, low, high } = entry;
  return {
    endpoint,
    traceId,
    spanId,
    kind,
    frame: frame === null ? madeFrames[kind] : frameOf(frame),
    nano,
    low,
    high,
  };
}

/** What the absence of a ledger is called, given the state of the span's profile without samples. */
export function ledgerState(computed: Computed["state"], profile: ProfileState): ProfileState {
  if (profile === "pending") return "pending";
  if (computed === "ready" || computed === "too_short") return computed;
  // Windows right around it, none over it: a restart of the sampler.
  return profile === "ready" ? "lost" : profile;
}

/** A timeline as the API shows it: turns of nobody point at one `null` among the labels. */
export function timelineAnswer(
  computed: TimelineAround,
  state: ProfileState,
  retryAfterMs?: number,
): Timeline {
  const nobody = computed.labels.length;
  const unlabelled = computed.turns.some(({ label }) => label === null);
  return {
    state,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    t0UnixNano: String(computed.t0UnixNano),
    durationNano: computed.durationNano,
    turns: computed.turns.map(({ start, dur, label, frame }) => ({
      start,
      dur,
      label: label ?? nobody,
      frame: frame === null ? null : frameOf(frame),
    })),
    gc: [...computed.gc],
    idle: [...computed.idle],
    span: [...computed.span],
    children: [...computed.children],
    ticks: [...computed.ticks],
    labels: [
      ...computed.labels.map(({ traceId, spanId, endpoint }) => ({ traceId, spanId, endpoint })),
      ...(unlabelled ? [null] : []),
    ],
  };
}
