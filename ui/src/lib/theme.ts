// Three choices: follow the system, light, dark. Kept per browser; drawings on canvas re-read the tokens
// whenever `useThemeVersion` changes.
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";

const key = "hotspan.theme";
const listeners = new Set<() => void>();
let version = 0;

function changed(): void {
  version++;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0)
      matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", changed);
  };
}

function currentChoice(): ThemeChoice {
  const theme = document.documentElement.dataset["theme"];
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice;
  try {
    if (choice === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // No storage (private window): the choice holds for this page.
  }
  changed();
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, currentChoice);
}

/** A number that changes with the theme in effect, the system's included. */
export function useThemeVersion(): number {
  return useSyncExternalStore(subscribe, () => version);
}
