import type { RawNode } from "../sampler/native.ts";
import type { SourceMaps } from "../source-maps/source-maps.ts";
import type { FileNames } from "./file-names.ts";
import { ProtoBuffer } from "./proto-buffer.ts";
import type { Steps } from "./steps.ts";

const NAME_LENGTH = 1024;
/** Between two steps. */
const FRAMES_PER_STEP = 64;
const STRINGS_PER_STEP = 512;

export type Frame = Pick<RawNode, "name" | "scriptName" | "scriptId" | "lineNumber" | "columnNumber">;

const CUT = { scriptName: "", scriptId: -1, lineNumber: 0, columnNumber: 0 };

/** A frame that says what is not there. */
export function cutFrame(name: string): Frame {
  return { ...CUT, name };
}

/** Indices into the profile's table of strings; 0 is the empty one. */
export class Strings {
  readonly list: string[] = [""];
  readonly #indices = new Map<string, number>([["", 0]]);

  index(text: string): number {
    let index = this.#indices.get(text);
    if (index === undefined) this.#indices.set(text, (index = this.list.push(text) - 1));
    return index;
  }

  *write(out: ProtoBuffer): Steps<void> {
    for (const [index, text] of this.list.entries()) {
      out.string(6, text);
      if (index % STRINGS_PER_STEP === STRINGS_PER_STEP - 1) yield;
    }
  }
}

/** Writes a `ValueType` into this field of the profile. */
export function writeValueType(
  out: ProtoBuffer,
  strings: Strings,
  field: number,
  name: string,
  unit: string,
): void {
  const inner = new ProtoBuffer(16);
  inner.uint(1, strings.index(name));
  inner.uint(2, strings.index(unit));
  out.message(field, inner);
}

export interface FrameNames {
  readonly files: FileNames;
  /** Undefined: frames stay as V8 names them. */
  readonly maps?: Pick<SourceMaps, "frame" | "debugId"> | undefined;
}

/** The locations of a profile, and functions with the same ids, numbered as samples name them. */
export class FrameTable {
  readonly #frames: Frame[] = [];
  readonly #ids = new Map<string, number>();

  id(node: Frame): number {
    const key = `${node.scriptId}:${node.lineNumber}:${node.columnNumber}:${node.name}`;
    let id = this.#ids.get(key);
    if (id === undefined) this.#ids.set(key, (id = this.#frames.push(node)));
    return id;
  }

  /**
   * A frame with a source map is where its source says; of a script with a debug id whose map is not there, the mapping's build
   * id is that id, so that the map can be found later.
   */
  *write(out: ProtoBuffer, strings: Strings, { files, maps }: FrameNames): Steps<void> {
    const frames = this.#frames;
    const inner = new ProtoBuffer(4096);
    const packed = new ProtoBuffer(1024);
    const buildIds = new Map<string, number>();
    const mappingId = ({ scriptName }: Pick<RawNode, "scriptName">): number => {
      const debugId = maps?.debugId(scriptName);
      if (debugId === undefined) return 0;
      const known = buildIds.get(scriptName);
      if (known !== undefined) return known;
      const id = buildIds.size + 1;
      buildIds.set(scriptName, id);
      packed.clear();
      packed.uint(1, id);
      packed.uint(5, strings.index(files.of(scriptName)));
      packed.uint(6, strings.index(debugId));
      out.message(3, packed);
      return id;
    };
    const originals: ReturnType<NonNullable<typeof maps>["frame"]>[] = [];
    for (const node of frames) if (originals.push(maps?.frame(node)) % FRAMES_PER_STEP === 0) yield;
    for (const [index, node] of frames.entries()) {
      const id = index + 1;
      const original = originals[index];
      const mapping = original === undefined ? mappingId(node) : 0;
      packed.clear();
      packed.uint(1, id);
      packed.uint(2, original?.line ?? node.lineNumber);
      packed.uint(3, original?.column ?? node.columnNumber);
      inner.clear();
      inner.uint(1, id);
      if (mapping !== 0) inner.uint(2, mapping);
      inner.message(4, packed);
      out.message(4, inner);
      if (id % FRAMES_PER_STEP === 0) yield;
    }
    for (const [index, node] of frames.entries()) {
      const original = originals[index];
      const given = node.name === "" ? "(anonymous)" : (original?.name ?? node.name);
      const name = strings.index(given.slice(0, NAME_LENGTH));
      inner.clear();
      inner.uint(1, index + 1);
      inner.uint(2, name);
      inner.uint(3, name);
      inner.uint(4, strings.index(files.of(original?.file ?? node.scriptName)));
      inner.uint(5, original?.line ?? node.lineNumber);
      out.message(5, inner);
      if (index % FRAMES_PER_STEP === FRAMES_PER_STEP - 1) yield;
    }
  }
}
