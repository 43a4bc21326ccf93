// A Hotspan that listens beyond this machine asks for a bearer token. It is kept for the tab's session only.
const key = "hotspan.token";
let held: string | undefined;
/** Whether the API wants another one than this. */
let refused = false;
const listeners = new Set<() => void>();

export function currentToken(): string | undefined {
  if (held !== undefined) return held;
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Tells of each change of `isRefused`. */
export function onRefusal(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const isRefused = (): boolean => refused;

function setRefused(now: boolean): void {
  refused = now;
  for (const listener of listeners) listener();
}

/** A request with this token was. Answers that come late, after another one was given, say nothing of that. */
export function tellRefused(token: string | undefined): void {
  if (token === currentToken() && !refused) setRefused(true);
}

export function keepToken(token: string): void {
  held = token;
  try {
    sessionStorage.setItem(key, token);
  } catch {
    // No storage: it holds until the page is left.
  }
  setRefused(false);
}
