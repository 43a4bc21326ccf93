import { useState } from "react";

/** The last value that was defined, while `key` stays. */
export function useLastGood<T>(key: string, value: T | undefined): T | undefined {
  const [kept, setKept] = useState({ key, value });
  if (kept.key !== key || (value !== undefined && kept.value !== value)) setKept({ key, value });
  return kept.key === key ? kept.value : undefined;
}
