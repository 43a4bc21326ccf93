export interface Finding {
  readonly state: "ok" | "warn" | "fail";
  readonly what: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly advice?: string;
}

export const ok = (what: string): Finding => ({ state: "ok", what });
export const warn = (what: string, advice: string): Finding => ({ state: "warn", what, advice });
export const fail = (what: string, advice: string): Finding => ({ state: "fail", what, advice });
