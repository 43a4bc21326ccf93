/** Every code a `CorrelatorError` can carry. Codes are stable; messages are for people. */
export const CORRELATOR_ERROR_CODES = [
  "HOTSPAN_CORRELATOR_BAD_CONFIG",
  "HOTSPAN_CORRELATOR_TOKEN_REQUIRED",
  "HOTSPAN_CORRELATOR_DATA_IN_USE",
  "HOTSPAN_CORRELATOR_LISTEN_FAILED",
  "HOTSPAN_CORRELATOR_LOG_FULL",
  "HOTSPAN_CORRELATOR_LOG_FAILED",
  "HOTSPAN_CORRELATOR_DISK_FULL",
  "HOTSPAN_CORRELATOR_LOG_CLOSED",
  "HOTSPAN_CORRELATOR_TOPIC_MISSING",
  "HOTSPAN_CORRELATOR_SHARDS_MISSING",
  "HOTSPAN_CORRELATOR_SHARD_MISPLACED",
] as const;

export type CorrelatorErrorCode = (typeof CORRELATOR_ERROR_CODES)[number];

export class CorrelatorError extends Error {
  readonly code: CorrelatorErrorCode;

  constructor(code: CorrelatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CorrelatorError";
    this.code = code;
  }
}
