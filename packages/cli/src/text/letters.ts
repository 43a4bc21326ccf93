import type { Letter } from "@hotspan/correlator/dead-letters";
import { columns, renderTable } from "./table.ts";

const time = (ms: number): string => new Date(ms).toISOString();
const source = ({ topic, source: name, sourcePartition, sourceOffset }: Letter): string =>
  topic === undefined ? `${name}/${sourceOffset}` : `${topic}/${sourcePartition}/${sourceOffset}`;

/** One line a letter. */
export function letterTable(letters: readonly Letter[]): string {
  // Offsets are told apart by partition only where there is more than one.
  const several = letters.some(({ partition }) => partition !== 0);
  const heads = [...(several ? ["partition"] : []), "offset", "written", "code", "from", "bytes", "why"];
  const types = heads.map((head) => (/partition|offset|bytes/.test(head) ? "UInt64" : "String"));
  return renderTable(
    columns(heads, types),
    letters.map((letter) => [
      ...(several ? [String(letter.partition)] : []),
      letter.offset.toString(),
      time(letter.timestampMs),
      letter.code,
      source(letter),
      letter.value === undefined ? "not kept" : String(letter.value.length),
      letter.detail,
    ]),
  );
}

/** Everything a letter says, and how its value begins. */
export function letterText(letter: Letter): string {
  const lines: [string, string][] = [
    ["letter", `${letter.partition}/${letter.offset}, written ${time(letter.timestampMs)}`],
    ["code", letter.code],
    ["why", letter.detail],
    ["from", source(letter)],
    ["source", letter.source],
    ["received", time(letter.sourceTimestampMs)],
    ["key", letter.key === undefined ? "none" : printable(letter.key)],
    ...letter.headers.map(([name, value]): [string, string] => [
      `header ${name.toString()}`,
      printable(value),
    ]),
    ["value", letter.value === undefined ? "not kept: too large" : `${letter.value.length} bytes`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  const text = lines.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join("");
  return letter.value === undefined ? text : text + hexDump(letter.value.subarray(0, 256));
}

/** Everything but the value. */
export function letterJson(letter: Letter): string {
  return JSON.stringify({
    partition: letter.partition,
    offset: letter.offset.toString(),
    time: time(letter.timestampMs),
    code: letter.code,
    detail: letter.detail,
    source: letter.source,
    topic: letter.topic,
    sourcePartition: letter.sourcePartition,
    sourceOffset: letter.sourceOffset,
    sourceTime: time(letter.sourceTimestampMs),
    key: letter.key === undefined ? undefined : printable(letter.key),
    headers: Object.fromEntries(letter.headers.map(([name, value]) => [name.toString(), printable(value)])),
    bytes: letter.value?.length,
  });
}

/** A record is a stranger's: what a terminal might act on is shown in hex. */
function printable(bytes: Buffer | null): string {
  if (bytes === null) return "null";
  const text = bytes.toString();
  return /^[^\p{Cc}\p{Cf}\u{FFFD}]*$/u.test(text) ? text : `0x${bytes.toString("hex")}`;
}

function hexDump(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    const hex = line.toString("hex").replace(/..(?=.)/g, "$& ");
    const shown = line.toString("latin1").replace(/[^\x20-\x7e]/g, ".");
    text += `${at.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${shown}\n`;
  }
  return text;
}
