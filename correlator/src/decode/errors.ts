/** Every code a `DecodeError` can carry; those of windows are `WireError`'s. Codes are stable; messages are for people. */
export const DECODE_ERROR_CODES = [
  "HOTSPAN_DECODE_BAD_OTLP",
  "HOTSPAN_DECODE_BAD_JSON",
  "HOTSPAN_DECODE_TOO_DEEP",
  "HOTSPAN_DECODE_TOO_LARGE",
  "HOTSPAN_DECODE_UNKNOWN_VALUES",
] as const;

export type DecodeErrorCode = (typeof DECODE_ERROR_CODES)[number];

/** A record that cannot be read. Retrying the same bytes never helps. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode;

  constructor(code: DecodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DecodeError";
    this.code = code;
  }
}
