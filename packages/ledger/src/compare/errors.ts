/** Why an input cannot be compared at all. Too few spans is no error but an answer: `NotComparable`. */
export type CompareErrorCode =
  /** Negative or fractional time, or classes that take longer than the span. */
  | "HOTSPAN_COMPARE_BAD_VECTOR"
  /** A tree whose columns differ in length, or whose nodes point forward. */
  | "HOTSPAN_COMPARE_BAD_TREE"
  | "HOTSPAN_COMPARE_BAD_OPTION";

export class CompareError extends Error {
  readonly code: CompareErrorCode;

  constructor(code: CompareErrorCode, message: string) {
    super(message);
    this.name = "CompareError";
    this.code = code;
  }
}
