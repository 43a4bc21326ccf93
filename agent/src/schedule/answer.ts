import type { Mode } from "@hotspan/wire";

/** What the correlator decided, with times as durations from now: clocks differ. */
export interface Answer {
  readonly collect: boolean;
  readonly mode: Mode;
  /** Undefined: as configured. */
  readonly hz: number | undefined;
  readonly windowMillis: number | undefined;
  readonly leaseMillis: number;
  readonly pollMillis: number;
}

const MODES: ReadonlySet<unknown> = new Set<Mode>(["continuous", "amortised", "on_demand"]);
const MAX_LEASE_MILLIS = 86_400_000;

/** Undefined if it is no answer of `GET /v1/agent/schedule`. What is out of range is brought into it. */
export function readAnswer(body: string): Answer | undefined {
  try {
    const given = JSON.parse(body) as Record<string, unknown> | null;
    const state = given?.["state"];
    if (given === null || (state !== "collect" && state !== "pause") || !MODES.has(given["mode"]))
      return undefined;
    const period = Number(given["periodNano"]);
    const window = Number(given["windowMs"]);
    const lease = (Number(given["leaseUntilUnixNano"]) - Number(given["nowUnixNano"])) / 1e6;
    const poll = Number(given["pollMs"]);
    if (Number.isNaN(lease) || Number.isNaN(poll)) return undefined;
    return {
      collect: state === "collect",
      mode: given["mode"] as Mode,
      hz: period > 0 ? clamp(Math.round(1e9 / period), 1, 1000) : undefined,
      windowMillis: window > 0 ? clamp(window, 500, 30_000) : undefined,
      leaseMillis: clamp(lease, 0, MAX_LEASE_MILLIS),
      pollMillis: clamp(poll, 250, 600_000),
    };
  } catch {
    return undefined;
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
