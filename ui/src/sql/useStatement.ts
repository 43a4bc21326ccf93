import { useCallback, useEffect, useRef, useState } from "react";
import type { SqlAnswer, SqlProgress } from "../api/types.ts";
import { runStatement } from "./run-statement.ts";

export type StatementState =
  | { readonly is: "idle" }
  | { readonly is: "running"; readonly progress: SqlProgress | undefined }
  | { readonly is: "done"; readonly answer: SqlAnswer }
  | { readonly is: "cancelled" }
  | { readonly is: "failed"; readonly error: Error };

/** One statement at a time: the next takes the place of one that still runs. */
export function useStatement(): {
  readonly state: StatementState;
  readonly run: (query: string) => void;
  readonly cancel: () => void;
  /** Of another statement nothing stays. */
  readonly clear: () => void;
} {
  const [state, setState] = useState<StatementState>({ is: "idle" });
  const running = useRef<AbortController>(undefined);
  const cancel = useCallback((): void => {
    running.current?.abort();
    running.current = undefined;
    setState((before) => (before.is === "running" ? { is: "cancelled" } : before));
  }, []);
  const clear = useCallback((): void => {
    running.current?.abort();
    running.current = undefined;
    setState({ is: "idle" });
  }, []);
  // Who leaves the page waits no longer.
  useEffect(
    () => () => {
      running.current?.abort();
      running.current = undefined;
    },
    [],
  );
  const run = useCallback((query: string): void => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    const show = (next: StatementState): void => {
      if (running.current === own) setState(next);
    };
    setState({ is: "running", progress: undefined });
    runStatement(query, own.signal, (progress) => show({ is: "running", progress })).then(
      (answer) => show({ is: "done", answer }),
      (error: unknown) =>
        show({ is: "failed", error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }, []);
  return { state, run, cancel, clear };
}
