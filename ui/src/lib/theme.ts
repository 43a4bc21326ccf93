// Three choices: follow the system, light, dark; and a palette for colour-blind eyes. Kept per browser; drawings on canvas re-read the tokens
// whenever `useThemeVersion` changes.
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";

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
  set("theme", choice === "system" ? undefined : choice);
}

/** Colours of packages that colour-blind people tell apart; absent are the usual ones. */
export function chooseSafePalette(safe: boolean): void {
  set("palette", safe ? "safe" : undefined);
}

function set(name: "theme" | "palette", value: string | undefined): void {
  if (value === undefined) delete document.documentElement.dataset[name];
  else document.documentElement.dataset[name] = value;
  try {
    if (value === undefined) localStorage.removeItem(`hotspan.${name}`);
    else localStorage.setItem(`hotspan.${name}`, value);
  } catch {
    // No storage (private window): the choice holds for this page.
  }
  changed();
}

export function useSafePalette(): boolean {
  return useSyncExternalStore(subscribe, () => document.documentElement.dataset["palette"] === "safe");
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, currentChoice);
}

/** A number that changes with the theme in effect, the system's included. */
export function useThemeVersion(): number {
  return useSyncExternalStore(subscribe, () => version);
}
