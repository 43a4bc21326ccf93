import { type Pprof, readPprof, readPprofValues, type Window } from "@hotspan/wire";

export interface HeapFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** Of the stacks whose leaf-most frame of a file is the function: the sum of a value. */
export function bytesOf(window: Window, name: string, type = "inuse_space"): number {
  const bytes = window.heap?.pprof ?? new Uint8Array(0);
  const pprof = readPprof(bytes);
  const values = readPprofValues(bytes).get(type) ?? new Float64Array(0);
  let sum = 0;
  for (let i = 0; i < pprof.samples; i++)
    if (framesOf(pprof, i).find(({ file }) => file !== "")?.name === name) sum += values[i] as number;
  return sum;
}

/** Every frame there is, once. */
export function heapFrames(window: Window): HeapFrame[] {
  const pprof = readPprof(window.heap?.pprof ?? new Uint8Array(0));
  const seen = new Map<string, HeapFrame>();
  for (let i = 0; i < pprof.samples; i++)
    for (const frame of framesOf(pprof, i)) seen.set(JSON.stringify(frame), frame);
  return [...seen.values()];
}

function framesOf(pprof: Pprof, sample: number): HeapFrame[] {
  const frames: HeapFrame[] = [];
  for (let l = pprof.sampleStart[sample] as number; l < (pprof.sampleStart[sample + 1] as number); l++) {
    const line = pprof.lineStart[pprof.sampleLocations[l] as number] as number;
    const fn = pprof.lineFunction[line] as number;
    frames.push({
      name: pprof.string(pprof.functionName[fn] as number),
      file: pprof.string(pprof.functionFile[fn] as number),
      line: pprof.lineNumber[line] as number,
    });
  }
  return frames;
}
