// The same profile in the format each of the other tools reads, as text.
import type { Profile } from "@hotspan/query-api/types";

/** One node of `d3-flame-graph`: `value` is the total. */
interface Nested {
  readonly name: string;
  readonly value: number;
  readonly children: Nested[];
}

export function forD3(profile: Profile): string {
  const nodes: Nested[] = [];
  each(profile, (node, name, parent) => {
    const one = { name, value: profile.nodes.total[node] ?? 0, children: [] };
    nodes.push(one);
    nodes[parent]?.children.push(one);
  });
  return JSON.stringify(nodes[0]);
}

interface Timed {
  readonly name: string;
  readonly start: number;
  readonly duration: number;
  readonly type: string;
  readonly children: Timed[];
}

/** `flame-chart-js` takes instants: siblings one after the other, milliseconds. */
export function forFlameChart(profile: Profile): string {
  const nodes: Timed[] = [];
  const filled: number[] = [];
  each(profile, (node, name, parent) => {
    const start = parent < 0 ? 0 : (filled[parent] ?? 0);
    const duration = (profile.nodes.total[node] ?? 0) / 1e6;
    if (parent >= 0) filled[parent] = start + duration;
    filled.push(start);
    const type = profile.frames[profile.nodes.frame[node] ?? 0]?.package ?? "own";
    const one = { name, start, duration, type, children: [] };
    nodes.push(one);
    nodes[parent]?.children.push(one);
  });
  return JSON.stringify([nodes[0]]);
}

/** speedscope's own format, a sample for every stack with time of its own. */
export function forSpeedscope(profile: Profile): string {
  const samples: number[][] = [];
  const weights: number[] = [];
  const stacks: number[][] = [];
  each(profile, (node, _name, parent) => {
    const stack = [...(stacks[parent] ?? []), profile.nodes.frame[node] ?? 0];
    stacks.push(stack);
    const self = profile.nodes.self[node] ?? 0;
    if (self > 0) {
      samples.push(stack);
      weights.push(self);
    }
  });
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    shared: {
      frames: profile.frames.map(({ function: name, file, line }) => ({
        name,
        ...(file === null ? {} : { file }),
        ...(line === null ? {} : { line }),
      })),
    },
    profiles: [
      {
        type: "sampled",
        name: "bench",
        unit: "nanoseconds",
        startValue: 0,
        endValue: weights.reduce((a, b) => a + b, 0),
        samples,
        weights,
      },
    ],
  });
}

function each(profile: Profile, see: (node: number, name: string, parent: number) => void): void {
  for (let node = 0; node < profile.nodes.frame.length; node++) {
    const frame = profile.frames[profile.nodes.frame[node] ?? 0];
    see(node, frame?.function ?? "", profile.nodes.parent[node] ?? -1);
  }
}
