import { type SampleSet, unitOf, valueOf } from "./frames.ts";

/** Collapsed stacks: `root;child;leaf value` per line, sorted. */
export function toCollapsed(set: SampleSet): string {
  const sums = new Map<string, number>();
  // A semicolon or a line break inside a name would read as another frame or line.
  const names = set.frames.map((frame) => frame.function.replaceAll(";", ":").replaceAll(/[\r\n]+/g, " "));
  for (const sample of set.stacks) {
    let line = "";
    for (let i = sample.stack.length - 1; i >= 0; i--)
      line += line === "" ? names[sample.stack[i]!]! : `;${names[sample.stack[i]!]!}`;
    if (line === "") line = "(root)";
    sums.set(line, (sums.get(line) ?? 0) + valueOf(set, sample));
  }
  return [...sums]
    .filter(([, value]) => value !== 0)
    .map(([line, value]) => `${line} ${value}\n`)
    .sort()
    .join("");
}

/** speedscope's file format, one sampled profile; https://www.speedscope.app/file-format-schema.json */
export function toSpeedscope(set: SampleSet, name: string): unknown {
  const frames: { name: string; file?: string; line?: number }[] = [];
  const ids = new Map<number, number>();
  const samples: number[][] = [];
  const weights: number[] = [];
  let total = 0;
  for (const sample of set.stacks) {
    const stack: number[] = [];
    for (let i = sample.stack.length - 1; i >= 0; i--) {
      const source = sample.stack[i]!;
      let id = ids.get(source);
      if (id === undefined) {
        id = frames.length;
        ids.set(source, id);
        const frame = set.frames[source]!;
        frames.push({
          name: frame.function,
          ...(frame.file === null ? {} : { file: frame.file }),
          ...(frame.line === null ? {} : { line: frame.line }),
        });
      }
      stack.push(id);
    }
    samples.push(stack);
    weights.push(valueOf(set, sample));
    total += valueOf(set, sample);
  }
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter: "hotspan",
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      { type: "sampled", name, unit: unitOf(set.type), startValue: 0, endValue: total, samples, weights },
    ],
  };
}
