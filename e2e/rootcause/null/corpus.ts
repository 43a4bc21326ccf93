// Spans of the examples with nothing planted, as slow-against-fast reads them: corpora/NAME.json.zst. Frames, stacks and
// classes stand in tables, so that a thousand spans take a few dozen kB; ids are counted and attributes left out.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { BlameTime, ChildTime, LedgerClass, SpanVector, VectorFrame } from "@hotspan/ledger";

export interface Endpoint {
  readonly service: string;
  readonly endpoint: string;
  readonly vectors: readonly SpanVector[];
}

interface Packed {
  readonly frames: readonly VectorFrame[];
  /** Of each stack indices into `frames`, leaf first. */
  readonly stacks: readonly (readonly number[])[];
  readonly endpoints: readonly {
    readonly service: string;
    readonly endpoint: string;
    readonly spans: readonly {
      readonly nano: number;
      readonly classes: Readonly<Record<string, number>>;
      readonly functions: readonly (readonly [LedgerClass, stack: number, nano: number])[];
      readonly blame: readonly (readonly [
        endpoint: string | null,
        kind: BlameTime["kind"],
        stack: number,
        nano: number,
      ])[];
      readonly children: readonly ChildTime[];
    }[];
  }[];
}

const folder = new URL("corpora/", import.meta.url);

class Table<T> {
  readonly list: T[] = [];
  readonly #known = new Map<string, number>();

  idOf(one: T): number {
    const key = JSON.stringify(one);
    let id = this.#known.get(key);
    if (id === undefined) this.#known.set(key, (id = this.list.push(one) - 1));
    return id;
  }
}

function pack(endpoints: readonly Endpoint[]): Packed {
  const frames = new Table<VectorFrame>();
  const stacks = new Table<readonly number[]>();
  const stackOf = (frame: VectorFrame, callers: readonly VectorFrame[] = []): number =>
    stacks.idOf([frame, ...callers].map((one) => frames.idOf(one)));
  return {
    endpoints: endpoints.map(({ service, endpoint, vectors }) => ({
      service,
      endpoint,
      spans: vectors.map(({ durationNano, classes, functions, blame, children }) => ({
        nano: durationNano,
        classes: Object.fromEntries(Object.entries(classes).filter(([, nano]) => nano > 0)),
        functions: functions.map(
          ({ class: owner, frame, callers, nano }) => [owner, stackOf(frame, callers), nano] as const,
        ),
        blame: blame.map(
          ({ endpoint: who, kind, frame, callers, nano }) =>
            [who, kind, frame === null ? -1 : stackOf(frame, callers), nano] as const,
        ),
        children,
      })),
    })),
    frames: frames.list,
    stacks: stacks.list,
  };
}

export function writeCorpus(name: string, endpoints: readonly Endpoint[]): void {
  const text = JSON.stringify(pack(endpoints));
  const params = { [constants.ZSTD_c_compressionLevel]: 19 };
  writeFileSync(new URL(`${name}.json.zst`, folder), zstdCompressSync(text, { params }));
}

export function readCorpora(): readonly Endpoint[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json.zst"))
    .toSorted()
    .flatMap((file) => {
      const text = zstdDecompressSync(readFileSync(new URL(file, folder))).toString();
      return unpack(JSON.parse(text) as Packed);
    });
}

function unpack({ frames, stacks, endpoints }: Packed): Endpoint[] {
  // Equal stacks share one array of callers.
  const named = stacks.map(([top = 0, ...callers]) => ({
    frame: frames[top]!,
    callers: callers.map((id) => frames[id]!),
  }));
  return endpoints.map(({ service, endpoint, spans }) => ({
    service,
    endpoint,
    vectors: spans.map(({ nano, classes, functions, blame, children }, n) => ({
      traceId: String(n),
      spanId: "0",
      durationNano: nano,
      classes,
      functions: functions.map(([owner, stack, time]) => ({ class: owner, ...named[stack]!, nano: time })),
      blame: blame.map(([who, kind, stack, time]) => ({
        endpoint: who,
        ...(kind === undefined ? {} : { kind }),
        ...(stack < 0 ? { frame: null } : named[stack]!),
        nano: time,
      })),
      children,
      attributes: {},
    })),
  }));
}
