/** Every code an `AccessError` can carry. Codes are stable; messages are for people. */
export const ACCESS_ERROR_CODES = [
  "HOTSPAN_ACCESS_FILE_UNREADABLE",
  "HOTSPAN_ACCESS_FILE_BUSY",
  "HOTSPAN_ACCESS_NAME_TAKEN",
  "HOTSPAN_ACCESS_NO_TOKEN",
] as const;

export type AccessErrorCode = (typeof ACCESS_ERROR_CODES)[number];

export class AccessError extends Error {
  readonly code: AccessErrorCode;

  constructor(code: AccessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AccessError";
    this.code = code;
  }
}
