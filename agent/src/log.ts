import type { AgentCode } from "./errors.ts";

const LINES_PER_MINUTE = 20;
/** Some codes carry a name the application chose: what was said must not grow with them. */
const MOST_SAID = 500;
const said = new Set<string>();
let last: Warning | undefined;
let minute = 0;
let lines = 0;
let verbose = false;

export interface Warning {
  readonly code: AgentCode;
  readonly message: string;
  readonly epochMillis: number;
}

/** The latest line that named a code. */
export function lastWarning(): Warning | undefined {
  return last;
}

export function setVerbose(on: boolean): void {
  verbose = on;
}

/** One line on stderr; the same code at most once per process (and `detail`, where one code has several causes). */
export function warnOnce(code: AgentCode, message: string, detail = ""): void {
  const key = code + detail;
  if (said.has(key) || said.size >= MOST_SAID) return;
  said.add(key);
  last = { code, message, epochMillis: Date.now() };
  write(`${message} (${code})`);
}

/** Shown with HOTSPAN_LOG=debug only. */
export function debug(message: string, error?: unknown): void {
  if (verbose) write(error === undefined ? message : `${message}: ${describe(error)}`);
}

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.message}` : String(error);
}

function write(text: string): void {
  const now = Math.floor(Date.now() / 60_000);
  if (now !== minute) {
    minute = now;
    lines = 0;
  }
  if (++lines > LINES_PER_MINUTE) return;
  try {
    process.stderr.write(`hotspan: ${text.replaceAll("\n", " ")}\n`);
  } catch {
    // A closed stderr is no reason to disturb the application.
  }
}
