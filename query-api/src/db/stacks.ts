import { FrameTable, type FrameKind, type StackSample } from "../profile/frames.ts";
import type { SampleGroup } from "./samples.ts";
import { sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

// 21 characters a hash: stays below the server's default max_query_size of 256 KiB.
const CHUNK = 10_000;
const MAX_STACKS = 300_000;
const MAX_FRAMES = 500_000;

type StackRow = [
  hash: string,
  fns: string[],
  files: string[],
  lines: number[],
  packages: string[],
  kinds: FrameKind[],
];

/**
 * Stacks by (service, hash). A hash names the content, so what was read once stays true and is kept; when the cache is
 * full it starts anew, frames and all, because frame ids are only meaningful together.
 */
export class StackReader {
  #table = new FrameTable();
  #known = new Map<string, Int32Array>();

  /** `missing` counts samples whose stack is not stored (any more): they get one frame `(unknown)`. */
  async resolve(
    store: Store,
    caller: Caller,
    groups: readonly SampleGroup[],
    traceId?: string,
  ): Promise<{ readonly table: FrameTable; readonly stacks: StackSample[] }> {
    if (this.#known.size > MAX_STACKS || this.#table.size > MAX_FRAMES) {
      this.#table = new FrameTable();
      this.#known = new Map();
    }
    const table = this.#table;
    const known = this.#known;
    const wanted = new Map<string, Set<string>>();
    for (const { service, stackHash } of groups) {
      if (known.has(`${stackHash} ${service}`)) continue;
      const hashes = wanted.get(service);
      if (hashes === undefined) wanted.set(service, new Set([stackHash]));
      else hashes.add(stackHash);
    }
    for (const [service, hashes] of wanted) {
      const list = [...hashes].map(BigInt);
      for (let at = 0; at < list.length; at += CHUNK) {
        const rows = await store.rows<StackRow>(
          caller,
          sql`SELECT toString(StackHash), Functions, Files, Lines, Packages, Kinds FROM profile_stacks
            WHERE ServiceName = ${service} AND StackHash IN ${list.slice(at, at + CHUNK)} LIMIT 1 BY StackHash`,
        );
        for (const [hash, fns, files, lines, packages, kinds] of rows) {
          const stack = Int32Array.from(fns, (fn, i) =>
            table.intern(fn, files[i] ?? "", lines[i] ?? 0, packages[i] ?? "", kinds[i] ?? "app"),
          );
          known.set(`${hash} ${service}`, stack);
        }
      }
    }
    const unknown = Int32Array.of(table.intern("(unknown)", "", 0, "", "runtime"));
    const stacks = groups.map((group) => ({
      stack: known.get(`${group.stackHash} ${group.service}`) ?? unknown,
      wall: group.wall,
      cpu: group.cpu,
      samples: group.samples,
      traceId,
      spanId: group.spanId === "" ? undefined : group.spanId,
    }));
    return { table, stacks };
  }
}
