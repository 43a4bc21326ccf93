/** Every code a `CliError` can carry. Codes are stable; messages are for people. */
export const CLI_ERROR_CODES = [
  "HOTSPAN_CLI_USAGE",
  "HOTSPAN_CLI_TOKEN_REQUIRED",
  "HOTSPAN_CLI_PORT_TAKEN",
  "HOTSPAN_CLI_DATA_IN_USE",
  "HOTSPAN_CLI_DATA_UNWRITABLE",
  "HOTSPAN_CLI_NOT_RUNNING",
  "HOTSPAN_CLI_NOT_INSTALLED",
  "HOTSPAN_CLI_CHILD_FAILED",
  "HOTSPAN_CLI_NOT_READY",
  "HOTSPAN_CLI_STORE_UNREACHABLE",
  "HOTSPAN_CLI_API_UNREACHABLE",
  "HOTSPAN_CLI_QUERY_FAILED",
  "HOTSPAN_CLI_INGEST_FAILED",
  "HOTSPAN_CLI_KAFKA_FAILED",
  "HOTSPAN_CLI_NO_LETTER",
  "HOTSPAN_CLI_NO_AGENT",
  "HOTSPAN_CLI_STOPPED",
  "HOTSPAN_CLI_NO_PROCESS",
  "HOTSPAN_CLI_NO_AGENT",
  "HOTSPAN_CLI_NOT_OURS",
] as const;

export type CliErrorCode = (typeof CLI_ERROR_CODES)[number];

/** Exit codes: 0 done, 1 it failed, 2 it was called or configured wrongly. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
  }

  get exitCode(): number {
    return this.code === "HOTSPAN_CLI_USAGE" || this.code === "HOTSPAN_CLI_TOKEN_REQUIRED"
      ? EXIT.usage
      : EXIT.failure;
  }
}

/** What an error comes down to: the message of its innermost cause, or of the first of several. */
export function reasonOf(error: unknown): string {
  const { errors, cause } = error as { errors?: readonly unknown[]; cause?: unknown };
  const inner = errors?.[0] ?? cause;
  return inner === undefined || inner === null ? messageOf(error) : reasonOf(inner);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
