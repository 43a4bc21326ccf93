import { crc32 } from "node:zlib";

/**
 * One record of a segment file:
 *   magic "HSLG" · offset u64 · payload length u32 · payload crc32 · crc32 of the 20 bytes before · payload
 *   payload: receipt time, ms since the epoch f64 · length of the headers u32 · headers as JSON · value
 * Little-endian. The header carries a checksum of its own so that a damaged payload is skipped by its length, and a
 * damaged header by looking for the next one that holds.
 */
export const headerBytes = 24;
const magic = 0x474c5348;
const magicBytes = Buffer.from("HSLG");

export interface LogRecord {
  readonly offset: bigint;
  /** When it was received. */
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/** The frame without its offset, which is known only when it is written. */
export function encodePayload(record: Omit<LogRecord, "offset">): Buffer {
  const headers = Buffer.from(JSON.stringify(record.headers));
  const payload = Buffer.allocUnsafe(12 + headers.length + record.value.length);
  payload.writeDoubleLE(record.timestampMs, 0);
  payload.writeUInt32LE(headers.length, 8);
  headers.copy(payload, 12);
  payload.set(record.value, 12 + headers.length);
  return payload;
}

export function encodeHeader(offset: bigint, payload: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(magic, 0);
  header.writeBigUInt64LE(offset, 4);
  header.writeUInt32LE(payload.length, 12);
  header.writeUInt32LE(crc32(payload), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 20)), 20);
  return header;
}

export interface FrameHeader {
  readonly offset: bigint;
  readonly length: number;
  readonly crc: number;
}

/** undefined when there is no intact header at `at`. */
export function decodeHeader(bytes: Buffer, at: number): FrameHeader | undefined {
  if (at + headerBytes > bytes.length || bytes.readUInt32LE(at) !== magic) return undefined;
  if (crc32(bytes.subarray(at, at + 20)) !== bytes.readUInt32LE(at + 20)) return undefined;
  return {
    offset: bytes.readBigUInt64LE(at + 4),
    length: bytes.readUInt32LE(at + 12),
    crc: bytes.readUInt32LE(at + 16),
  };
}

/** undefined when the payload is damaged. */
export function decodePayload(header: FrameHeader, payload: Buffer): LogRecord | undefined {
  if (payload.length !== header.length || crc32(payload) !== header.crc || payload.length < 12)
    return undefined;
  const headersEnd = 12 + payload.readUInt32LE(8);
  if (headersEnd > payload.length) return undefined;
  return {
    offset: header.offset,
    timestampMs: payload.readDoubleLE(0),
    headers: JSON.parse(payload.toString("utf8", 12, headersEnd)) as Record<string, string>,
    value: payload.subarray(headersEnd),
  };
}

/** Position of the next intact header at or behind `from`; -1 when there is none. */
export function findHeader(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(magicBytes, from); at !== -1; at = bytes.indexOf(magicBytes, at + 1)) {
    if (decodeHeader(bytes, at) !== undefined) return at;
  }
  return -1;
}
