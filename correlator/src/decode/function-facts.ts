import { classifyFrame, type FrameClass } from "./frames.ts";
import { type Hash64, hashFunction, hashText } from "./hash.ts";

/** What follows from the names of a function and its file alone. */
export interface FunctionFacts extends FrameClass {
  readonly function: string;
  readonly file: string;
  readonly hash: Hash64;
  /** About what a frame of it takes in a row. */
  readonly bytes: number;
}

/** UTF-16 units of names that are kept; beyond that all are forgotten, which costs time and nothing else. */
const maxKept = 8_000_000;

/**
 * By file, then by name. A program has some thousand functions, and each of its windows names hundreds of them anew: classifying and hashing
 * them took a seventh of the time of a window.
 */
const kept = new Map<string, Map<string, FunctionFacts>>();
let size = 0;

export function functionFacts(name: string, file: string): FunctionFacts {
  let ofFile = kept.get(file);
  const known = ofFile?.get(name);
  if (known !== undefined) return known;
  size += name.length + file.length;
  if (size > maxKept) {
    kept.clear();
    size = name.length + file.length;
    ofFile = undefined;
  }
  if (ofFile === undefined) {
    ofFile = new Map();
    kept.set(file, ofFile);
  }
  const kind = classifyFrame(name, file);
  const facts: FunctionFacts = {
    ...kind,
    function: name,
    file,
    hash: hashFunction(hashText(name), hashText(file), hashText(kind.package)),
    bytes: name.length + file.length + kind.package.length + 20,
  };
  ofFile.set(name, facts);
  return facts;
}
