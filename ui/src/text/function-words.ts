// Names of functions as people read them. V8 names compiled regular expressions by their source, which may be as long as a line.

export interface FunctionWords {
  /** In a sentence: `readRow`, `a regular expression in reviveDate`, `an unnamed function`. */
  readonly sentence: string;
  /** In a table or a label: `readRow`, `/(?:\w+ )+(?:at|on) \d{4}-…/`. */
  readonly short: string;
  /** `short` is code, not a name: to be set in the fixed-width face. */
  readonly mono: boolean;
  /** The whole of it, for a tooltip: `/(?:\w+ )+(?:at|on) \d{4}-\d{2}-\d{2}$/`. */
  readonly full: string;
}

const regExp = "RegExp: ";
/** With its slashes. */
const longest = 28;

/** @param caller name of the function that called it, where one did: only what has no name of its own is told by it. */
export function functionWords(frame: { readonly function: string }, caller?: string): FunctionWords {
  const name = frame.function;
  const within = caller === undefined || !hasName(caller) ? "" : ` in ${caller}`;
  if (name.startsWith(regExp)) {
    const source = name.slice(regExp.length);
    const full = `/${source}/`;
    const short = full.length <= longest ? full : `/${source.slice(0, longest - 3)}…/`;
    return { sentence: `a regular expression${within}`, short, mono: true, full };
  }
  const sentence =
    name === "(garbage collector)"
      ? "garbage collection"
      : hasName(name)
        ? name
        : `an unnamed function${within}`;
  return { sentence, short: name, mono: false, full: name };
}

/** Whether the name is one that somebody gave. */
export const hasName = (name: string): boolean =>
  name !== "" && name !== "(anonymous)" && !name.startsWith(regExp);
