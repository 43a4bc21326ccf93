/** Every code a `BrokerError` can carry. Codes are stable; messages are for people. */
export const BROKER_ERROR_CODES = [
  "HOTSPAN_BROKER_UNAVAILABLE",
  "HOTSPAN_BROKER_FETCH_FAILED",
  "HOTSPAN_BROKER_FORMAT_FAILED",
  "HOTSPAN_BROKER_START_FAILED",
  "HOTSPAN_BROKER_DATA_IN_USE",
] as const;

export type BrokerErrorCode = (typeof BROKER_ERROR_CODES)[number];

export class BrokerError extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BrokerError";
    this.code = code;
  }
}
