// CityHash64, version 1.0.2: what ClickHouse's function cityHash64 answers for one String of 32 bytes.
// https://github.com/google/cityhash; later versions give other numbers.
const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;
const mul = 0x9ddfea08eb382d69n;
const mask = 0xffff_ffff_ffff_ffffn;

const bytes: Buffer = Buffer.alloc(32);

/**
 * `cityHash64(id)` of ids of 32 hex digits, as traces and instances have them.
 * @throws RangeError for a text of another length
 */
export function cityHashOfId(id: string): bigint {
  if (id.length !== 32 || bytes.write(id, "latin1") !== 32) throw new RangeError(`not 32 digits: ${id}`);
  const a = (bytes.readBigUInt64LE(0) * k1) & mask;
  const b = bytes.readBigUInt64LE(8);
  const c = (bytes.readBigUInt64LE(24) * k2) & mask;
  const d = (bytes.readBigUInt64LE(16) * k0) & mask;
  const u = (rotate((a - b) & mask, 43n) + rotate(c, 30n) + d) & mask;
  const v = (a + rotate(b ^ k3, 20n) - c + 32n) & mask;
  let x = ((u ^ v) * mul) & mask;
  x ^= x >> 47n;
  let y = ((v ^ x) * mul) & mask;
  y ^= y >> 47n;
  return (y * mul) & mask;
}

function rotate(value: bigint, by: bigint): bigint {
  return (value >> by) | ((value << (64n - by)) & mask);
}
