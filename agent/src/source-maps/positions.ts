/** The fields of a version 3 source map that tell where code comes from (ECMA-426). */
export interface RawSourceMap {
  readonly version: number;
  readonly mappings?: string;
  readonly sources?: readonly (string | null)[];
  readonly names?: readonly string[];
  readonly sourceRoot?: string;
  /** Of an index map. */
  readonly sections?: readonly {
    readonly offset: { readonly line: number; readonly column: number };
    readonly map: RawSourceMap;
  }[];
}

/** Line and column, both from 1, as V8 counts them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface OriginalPosition extends Position {
  /** As the map names it: relative to the map, or a URL. */
  readonly source: string;
  /** What the source calls it, if the generated code calls it otherwise. */
  readonly name: string | undefined;
}

/**
 * Looks positions up in one pass over the mappings, without building a table of them: of a bundle's 10^6 segments a window
 * asks for some hundred, and then for few new ones.
 */
export function originalPositions(
  map: RawSourceMap,
  positions: readonly Position[],
): (OriginalPosition | undefined)[] {
  if (map.sections !== undefined) return inSections(map.sections, positions);
  const found: (OriginalPosition | undefined)[] = Array.from({ length: positions.length });
  const order = [...positions.keys()].toSorted((a, b) =>
    compare(positions[a] as Position, positions[b] as Position),
  );
  const { mappings = "", sources = [], names = [], sourceRoot = "" } = map;
  const root = sourceRoot === "" || sourceRoot.endsWith("/") ? sourceRoot : `${sourceRoot}/`;

  let next = 0;
  let line = 1;
  let at = 0;
  const fields = new Int32Array(5); // generated column, source, line, column, name: each relative to the one before
  let segment: readonly number[] | undefined;
  const answer = (until: number): void => {
    // What lies before the segment that begins at `until` belongs to the one before, on the same line.
    for (; next < order.length; next++) {
      const index = order[next] as number;
      const wanted = positions[index] as Position;
      if (wanted.line > line || (wanted.line === line && wanted.column - 1 >= until)) return;
      if (wanted.line < line || segment === undefined) continue;
      const [source = 0, sourceLine = 0, sourceColumn = 0, name = -1] = segment;
      const file = sources[source];
      if (file != null)
        found[index] = {
          source: root + file,
          line: sourceLine + 1,
          column: sourceColumn + 1,
          name: names[name],
        };
    }
  };
  while (at < mappings.length && next < order.length) {
    const code = mappings.charCodeAt(at);
    if (code === SEMICOLON) {
      answer(Number.POSITIVE_INFINITY);
      line++;
      at++;
      fields[0] = 0;
      segment = undefined;
      continue;
    }
    if (code === COMMA) {
      at++;
      continue;
    }
    let count = 0;
    while (at < mappings.length && count < 5) {
      const char = mappings.charCodeAt(at);
      if (char === COMMA || char === SEMICOLON) break;
      let value = 0;
      let shift = 0;
      for (;;) {
        const digit = DIGITS[mappings.charCodeAt(at++)] ?? -1;
        if (digit < 0) throw new Error("not a source map: bad VLQ");
        value |= (digit & 31) << shift;
        if ((digit & 32) === 0) break;
        shift += 5;
      }
      fields[count] = (fields[count] as number) + ((value & 1) === 1 ? -(value >>> 1) : value >>> 1);
      count++;
    }
    answer(fields[0] as number);
    segment =
      count < 4
        ? undefined
        : [
            fields[1] as number,
            fields[2] as number,
            fields[3] as number,
            count > 4 ? (fields[4] as number) : -1,
          ];
  }
  answer(Number.POSITIVE_INFINITY);
  return found;
}

function inSections(
  sections: NonNullable<RawSourceMap["sections"]>,
  positions: readonly Position[],
): (OriginalPosition | undefined)[] {
  const found: (OriginalPosition | undefined)[] = Array.from({ length: positions.length });
  const groups = new Map<(typeof sections)[number], number[]>();
  for (const [index, position] of positions.entries()) {
    const section = sections.findLast(
      ({ offset }) => compare({ line: offset.line + 1, column: offset.column + 1 }, position) <= 0,
    );
    if (section === undefined) continue;
    const group = groups.get(section);
    if (group === undefined) groups.set(section, [index]);
    else group.push(index);
  }
  for (const [{ offset, map }, indices] of groups) {
    const relative = indices.map((index) => {
      const { line, column } = positions[index] as Position;
      return {
        line: line - offset.line,
        column: line - offset.line === 1 ? column - offset.column : column,
      };
    });
    for (const [i, original] of originalPositions(map, relative).entries())
      found[indices[i] as number] = original;
  }
  return found;
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}

const COMMA = 44;
const SEMICOLON = 59;
const DIGITS = new Int8Array(128).fill(-1);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
for (let value = 0; value < ALPHABET.length; value++) DIGITS[ALPHABET.charCodeAt(value)] = value;
