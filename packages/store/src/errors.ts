/** Every code a `StoreError` can carry. Codes are stable; messages are for people. */
export const STORE_ERROR_CODES = [
  "HOTSPAN_STORE_PLATFORM_UNSUPPORTED",
  "HOTSPAN_STORE_DATA_IN_USE",
  "HOTSPAN_STORE_DATA_UNREADABLE",
  "HOTSPAN_STORE_PORT_IN_USE",
  "HOTSPAN_STORE_START_FAILED",
  "HOTSPAN_STORE_NOT_READY",
  "HOTSPAN_STORE_MIGRATION_CHANGED",
  "HOTSPAN_STORE_MIGRATION_UNKNOWN",
  "HOTSPAN_STORE_MIGRATION_FAILED",
  "HOTSPAN_STORE_CLUSTER_UNKNOWN",
  "HOTSPAN_STORE_CLUSTER_UNSUPPORTED",
  "HOTSPAN_STORE_SHARD_MISPLACED",
  "HOTSPAN_STORE_BAD_IDENTIFIER",
  "HOTSPAN_STORE_BAD_SETTING",
  "HOTSPAN_STORE_ROW_TOO_LARGE",
  "HOTSPAN_STORE_RUN_FILE_INVALID",
] as const;

export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

/** A failure of the store itself. Errors of single statements stay `ClickHouseError`s of the client. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
