/** Parent → child, once, after the fork. The child ends itself when its stdin or its IPC channel closes. */
export interface StartMessage {
  readonly type: "start";
  /** Folder of the engine: all it may touch. Passwords lie outside. */
  readonly enginePath: string;
  readonly library: string;
  readonly lockPath: string;
  readonly config: { readonly path: string; readonly text: string };
  readonly users: { readonly path: string; readonly text: string };
  /** TCP ports it may connect to. */
  readonly ports: readonly number[];
}

export type ChildMessage =
  | { readonly type: "booting"; readonly confined: boolean }
  | { readonly type: "locked"; readonly pid: number | undefined }
  | { readonly type: "ended"; readonly error: string | undefined };

/**
 * What the engine runs: open the ports, then read standard input until its end, which comes when the parent closes the
 * pipe or ceases to be, in whatever way. Then clickhouse-local shuts down in good order by itself.
 */
export const bootScript =
  "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT s FROM table FORMAT Null";

/** Its three statements, and the CREATE TEMPORARY TABLE clickhouse-local puts before them for standard input. */
export const bootStatements = 4;
