// For tests: profiles from nested drafts, and arbitrary ones.
import fc from "fast-check";
import type { Frame, Profile } from "../api/types.ts";

export interface Draft {
  readonly f: string;
  readonly self?: number;
  readonly kind?: Frame["kind"];
  readonly package?: string;
  readonly c?: readonly Draft[];
}

export function profileOf(root: Draft): Profile {
  const frames: Frame[] = [];
  const index = new Map<string, number>();
  const nodes = {
    frame: [] as number[],
    parent: [] as number[],
    self: [] as number[],
    total: [] as number[],
  };
  const place = (draft: Draft, parent: number): number => {
    const name = `${draft.package ?? ""} ${draft.f}`;
    if (!index.has(name)) {
      index.set(name, frames.length);
      frames.push({
        function: draft.f,
        file: `${draft.f}.ts`,
        line: 1,
        package: draft.package ?? null,
        kind: draft.kind ?? "app",
      });
    }
    const at = nodes.frame.length;
    nodes.frame.push(index.get(name) as number);
    nodes.parent.push(parent);
    nodes.self.push(draft.self ?? 0);
    nodes.total.push(0);
    let total = draft.self ?? 0;
    for (const child of draft.c ?? []) total += nodes.total[place(child, at)] as number;
    nodes.total[at] = total;
    return at;
  };
  place(root, -1);
  return profile(frames, nodes);
}

function profile(
  frames: Frame[],
  nodes: { frame: number[]; parent: number[]; self: number[]; total: number[] },
): Profile {
  return {
    type: "wall",
    unit: "nanoseconds",
    total: nodes.total[0] as number,
    samples: nodes.frame.length,
    periodNano: 10_000_000,
    startUnixNano: "0",
    endUnixNano: "1",
    truncated: false,
    frames,
    nodes: { ...nodes, samples: nodes.total.map((total) => Math.ceil(total / 10)) },
  };
}

/** Any tree the API may send: parents before children, totals that sum, some frames without own time. */
export const anyProfile: fc.Arbitrary<Profile> = fc
  .array(fc.record({ above: fc.nat(1000), self: fc.nat(50), frame: fc.nat(6) }), {
    minLength: 0,
    maxLength: 80,
  })
  .map((drafts) => {
    const parent = [-1, ...drafts.map((draft, i) => draft.above % (i + 1))];
    const self = [0, ...drafts.map((draft) => draft.self)];
    const total = [...self];
    for (let i = parent.length - 1; i > 0; i--) {
      total[parent[i] as number] = (total[parent[i] as number] as number) + (total[i] as number);
    }
    const frames = Array.from({ length: 8 }, (_, i): Frame => {
      const kind = (["app", "dependency", "v8", "gc"] as const)[i % 4] ?? "app";
      return {
        function: `f${i}`,
        file: null,
        line: null,
        package: kind === "dependency" ? `p${i}` : null,
        kind,
      };
    });
    return profile(frames, { frame: [7, ...drafts.map((draft) => draft.frame)], parent, self, total });
  });
