// A Hotspan that listens beyond this machine asks for a bearer token. It is kept for the tab's session only.
const key = "hotspan.token";
let held: string | undefined;

export function currentToken(): string | undefined {
  if (held !== undefined) return held;
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepToken(token: string): void {
  held = token;
  try {
    sessionStorage.setItem(key, token);
  } catch {
    // No storage: it holds until the page is left.
  }
}
