import { functionWords } from "../text/function-words.ts";

/** A function in a table: its name, or the beginning of the regular expression it is; all of that on hover. */
export function FunctionName({ frame }: { readonly frame: { readonly function: string } }) {
  const { short, mono, full } = functionWords(frame);
  return mono ? <code title={full}>{short}</code> : short;
}
