import type { ProfileState } from "../types.ts";
import type { Coverage } from "./coverage.ts";

/** What is known about a span when its profile is asked for. */
export interface StateFacts {
  /** Samples in the scope asked for. */
  readonly samples: number;
  readonly durationNano: number;
  /**
   * process: an agent is known in the span's process. service: in its service, and the span does not name its process.
   * other: in its service, but not in the process the span names. none: nowhere in its service.
   */
  readonly agent: "process" | "service" | "other" | "none";
  /** The platform cannot be sampled. */
  readonly unsupported: boolean;
  /** The span ended before the oldest samples still kept. */
  readonly expired: boolean;
  /** It is early enough for the span's window to be still under way. */
  readonly due: boolean;
  readonly coverage: Coverage;
}

/** The first rule that holds decides. docs/profile-states.md is this table in words. */
export const stateRules: readonly {
  readonly when: (facts: StateFacts) => boolean;
  readonly state: ProfileState;
  readonly why: string;
}[] = [
  {
    when: ({ coverage, due, agent, unsupported }) =>
      coverage.kind === "open" && due && agent !== "none" && !unsupported,
    state: "pending",
    why: "The window with the end of the span may still be under way, even when some samples are here.",
  },
  { when: ({ samples }) => samples > 0, state: "ready", why: "There are samples." },
  {
    when: ({ unsupported }) => unsupported,
    state: "unsupported",
    why: "The span's platform cannot be sampled.",
  },
  {
    when: ({ agent }) => agent === "none" || agent === "other",
    state: "no_agent",
    why: "No agent was seen in the span's process.",
  },
  {
    when: ({ expired }) => expired,
    state: "expired",
    why: "The span is older than the samples that are kept.",
  },
  {
    when: ({ coverage }) => coverage.kind === "closed",
    state: "not_sampled",
    why: "Windows that follow each other leave the span out: sampling was off.",
  },
  {
    when: ({ coverage }) => coverage.kind === "lost",
    state: "lost",
    why: "A window or a part of one is missing.",
  },
  {
    when: ({ coverage }) =>
      coverage.kind === "open" && coverage.schedule !== "" && coverage.schedule !== "continuous",
    state: "not_sampled",
    why: "The agent samples only some of the time, and the span lies behind its last window.",
  },
  {
    when: ({ coverage }) => coverage.kind === "open",
    state: "lost",
    why: "An agent ran, and the window never came.",
  },
  {
    when: ({ coverage }) => coverage.mode === "slow_only",
    state: "not_sampled",
    why: "The agent names the spans of slow requests only.",
  },
  {
    when: ({ coverage, durationNano }) => durationNano < coverage.periodNano,
    state: "too_short",
    why: "The span is shorter than the sampling period, and no tick fell into it.",
  },
  {
    when: ({ coverage }) => coverage.ticksLost,
    state: "lost",
    why: "The span's windows lost ticks or their labels.",
  },
  { when: () => true, state: "ready", why: "Sampled throughout, and nothing ran: an empty profile." },
];

export function profileState(facts: StateFacts): ProfileState {
  const rule = stateRules.find(({ when }) => when(facts));
  return rule?.state ?? "ready";
}

/** From the end of a span until its window must be readable: one window and 5 s. */
export const DEFAULT_WINDOW_NANO = 10e9;
export const ARRIVAL_NANO = 5e9;

/** ns of Unix time after which a missing window is no longer expected. */
export function deadlineOf(endNano: number, windowNano: number): number {
  return endNano + (windowNano > 0 ? windowNano : DEFAULT_WINDOW_NANO) + ARRIVAL_NANO;
}

/** When to look again, ms: the rest of the time, at most 5 s at once. */
export function retryAfterMs(nowNano: number, deadlineNano: number): number {
  return Math.round(Math.min(5_000, Math.max(250, (deadlineNano - nowNano) / 1e6)));
}
