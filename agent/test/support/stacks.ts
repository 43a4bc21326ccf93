import { readPprof, type Window } from "@hotspan/wire";

/** The function names of every tick of a window, leaf first; idle ticks have none. */
export function tickStacks(window: Window): string[][] {
  const pprof = readPprof(window.pprof);
  const stacks = Array.from({ length: pprof.samples }, (_, sample) => {
    const names: string[] = [];
    for (let i = pprof.sampleStart[sample] as number; i < (pprof.sampleStart[sample + 1] as number); i++) {
      const location = pprof.sampleLocations[i] as number;
      const fn = pprof.lineFunction[pprof.lineStart[location] as number] as number;
      names.push(pprof.string(pprof.functionName[fn] as number));
    }
    return names;
  });
  return Array.from(window.ticks.stack, (sample) => (sample === 0 ? [] : (stacks[sample - 1] ?? [])));
}
