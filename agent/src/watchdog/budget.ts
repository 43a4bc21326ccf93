/** What the agent may cost one thread before it backs off. */
export interface Budget {
  /** Of one core, 0 to 1. */
  readonly cpuShare: number;
  /** How long one window may hold the loop at a stretch. */
  readonly stallMillis: number;
}

/**
 * A service under load costs 2 to 3 % on the slowest machine measured, so the default stays silent there and catches what
 * is out of the ordinary. Taking and encoding a window of 10 s holds the loop for 2 to 10 ms.
 */
export const DEFAULT_BUDGET: Budget = { cpuShare: 0.05, stallMillis: 50 };

/** `off`, or a share and a time, each optional: `3%`, `20ms`, `3%,20ms`. Undefined: it is neither. */
export function parseBudget(text: string): Budget | "off" | undefined {
  const given = text.trim().toLowerCase();
  if (["off", "false", "0"].includes(given)) return "off";
  let { cpuShare, stallMillis } = DEFAULT_BUDGET;
  for (const part of given.split(",")) {
    const [, digits = "", unit] = /^\s*(\d+(?:\.\d+)?)\s*(%|ms)\s*$/.exec(part) ?? [];
    const value = Number(digits);
    if (unit === "%" && value >= 0.1 && value <= 100) cpuShare = value / 100;
    else if (unit === "ms" && value >= 1 && value <= 10_000) stallMillis = value;
    else return undefined;
  }
  return { cpuShare, stallMillis };
}
