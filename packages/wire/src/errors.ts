/** Every code a `WireError` can carry, with the short code the HTTP API and the dead letters show for it. */
const API_CODES = {
  HOTSPAN_WIRE_MALFORMED: "bad_window",
  HOTSPAN_WIRE_MISSING_FIELD: "bad_window",
  HOTSPAN_WIRE_BAD_VALUE: "bad_window",
  HOTSPAN_WIRE_BAD_COLUMNS: "bad_window",
  HOTSPAN_WIRE_BAD_REFERENCE: "bad_window",
  HOTSPAN_WIRE_BAD_PPROF: "bad_window",
  HOTSPAN_WIRE_BAD_COMPRESSION: "bad_window",
  HOTSPAN_WIRE_VERSION_UNSUPPORTED: "wire_version_unsupported",
  HOTSPAN_WIRE_ENCODING_UNSUPPORTED: "unsupported_media_type",
  HOTSPAN_WIRE_TIME_OUT_OF_RANGE: "time_out_of_range",
  HOTSPAN_WIRE_MESSAGE_TOO_LARGE: "window_too_large",
  HOTSPAN_WIRE_WINDOW_TOO_LARGE: "window_too_large",
  HOTSPAN_WIRE_TOO_LONG: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_TICKS: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_LABELS: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_USER_LABELS: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_ATTRIBUTES: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_TURNS: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_EVENTS: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_SAMPLES: "window_too_large",
  HOTSPAN_WIRE_TOO_MANY_FRAMES: "window_too_large",
  HOTSPAN_WIRE_FRAMES_TOO_LARGE: "window_too_large",
  HOTSPAN_WIRE_STACK_TOO_DEEP: "window_too_large",
  HOTSPAN_WIRE_FRAME_TOO_LONG: "window_too_large",
  HOTSPAN_WIRE_STRING_TOO_LONG: "window_too_large",
  HOTSPAN_WIRE_VALUE_TOO_LONG: "window_too_large",
} as const;

export type WireErrorCode = keyof typeof API_CODES;
export type WireApiCode = (typeof API_CODES)[WireErrorCode];

export const WIRE_ERROR_CODES: readonly WireErrorCode[] = Object.keys(API_CODES) as WireErrorCode[];

/** A message that is not a window this version can take. Retrying the same bytes never helps. */
export class WireError extends Error {
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WireError";
    this.code = code;
  }

  /** What the HTTP API answers and a dead letter says. */
  get apiCode(): WireApiCode {
    return API_CODES[this.code];
  }
}
