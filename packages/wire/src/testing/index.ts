// For tests and benchmarks of the packages that read windows; not part of the wire contract.
export { readGenerated } from "./generated.ts";
export { type HeapStack, type HeapWindowOptions, makeHeapWindow } from "./heap-window.ts";
export { type Frame, writePprof } from "./pprof.ts";
export { Random } from "./random.ts";
export { makeWindow, type WindowOptions } from "./window.ts";
