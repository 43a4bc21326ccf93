import { createHash } from "node:crypto";

/** What a prebuilt addon asks of its host, read from the ELF or Mach-O file itself. Both little-endian 64-bit. */

export interface BinaryFacts {
  readonly format: "elf" | "mach-o";
  readonly undefinedSymbols: readonly string[];
  /** Shared libraries it wants loaded (DT_NEEDED, LC_LOAD_DYLIB). */
  readonly libraries: readonly string[];
  /** "none" is enough but for macOS on arm64, which kills code without a signature; "broken": its hashes are not the file's. */
  readonly signature: "none" | "ad hoc" | "by a certificate" | "broken";
  readonly signatureNeeded: boolean;
}

/** dyld_stub_binder: macOS's own lazy binding, in every x64 binary. */
const ALLOWED = /^(napi_\w+|uv_loop_configure|uv_clock_gettime|dyld_stub_binder)$/;

/** Reasons why this binary must not be shipped; empty if there are none. */
export function inspectBinary(bytes: Buffer): string[] {
  const facts = readBinary(bytes);
  const problems = facts.undefinedSymbols
    .filter((symbol) => !ALLOWED.test(symbol))
    .map((symbol) => `needs symbol ${symbol}`);
  if (!facts.undefinedSymbols.includes("uv_loop_configure")) problems.push("does not use uv_loop_configure");
  for (const library of facts.libraries) problems.push(`needs library ${library}`);
  if (facts.signatureNeeded && facts.signature === "none") problems.push("has no code signature");
  if (facts.signature === "broken") problems.push("has a code signature of other contents");
  return problems;
}

export function readBinary(bytes: Buffer): BinaryFacts {
  const magic = bytes.readUInt32LE(0);
  if (magic === 0x464c457f) return readElf(bytes);
  if (magic === 0xfeedfacf) return readMachO(bytes);
  throw new Error("neither ELF nor 64-bit Mach-O");
}

function text(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", at, bytes.indexOf(0, at));
}

function readElf(bytes: Buffer): BinaryFacts {
  const u64 = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const sections = Array.from({ length: bytes.readUInt16LE(60) }, (_, index) => {
    const at = u64(40) + index * bytes.readUInt16LE(58);
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: u64(at + 24),
      size: u64(at + 32),
      link: bytes.readUInt32LE(at + 40),
    };
  });
  const undefinedSymbols: string[] = [];
  const libraries: string[] = [];
  for (const section of sections) {
    const strings = sections[section.link]?.offset ?? 0;
    if (section.type === 11 /* SHT_DYNSYM */)
      for (let at = section.offset + 24; at < section.offset + section.size; at += 24)
        if (bytes.readUInt16LE(at + 6) === 0)
          undefinedSymbols.push(text(bytes, strings + bytes.readUInt32LE(at)));
    if (section.type === 6 /* SHT_DYNAMIC */)
      for (let at = section.offset; at < section.offset + section.size; at += 16)
        if (u64(at) === 1 /* DT_NEEDED */) libraries.push(text(bytes, strings + u64(at + 8)));
  }
  return { format: "elf", undefinedSymbols, libraries, signature: "none", signatureNeeded: false };
}

function readMachO(bytes: Buffer): BinaryFacts {
  const undefinedSymbols: string[] = [];
  const libraries: string[] = [];
  let signature: BinaryFacts["signature"] = "none";
  let at = 32;
  for (let command = 0; command < bytes.readUInt32LE(16); command++) {
    const kind = bytes.readUInt32LE(at);
    if (kind === 0x2 /* LC_SYMTAB */) {
      const symbols = bytes.readUInt32LE(at + 8);
      const strings = bytes.readUInt32LE(at + 16);
      for (let index = 0; index < bytes.readUInt32LE(at + 12); index++) {
        const entry = symbols + index * 16;
        // N_EXT without a section: undefined. C names carry a leading underscore.
        if ((bytes.readUInt8(entry + 4) & 0x0f) === 1)
          undefinedSymbols.push(text(bytes, strings + bytes.readUInt32LE(entry)).replace(/^_/, ""));
      }
    }
    if (kind === 0xc /* LC_LOAD_DYLIB */) libraries.push(text(bytes, at + bytes.readUInt32LE(at + 8)));
    if (kind === 0x1d /* LC_CODE_SIGNATURE */) signature = readSignature(bytes, bytes.readUInt32LE(at + 8));
    at += bytes.readUInt32LE(at + 4);
  }
  // libSystem is part of every macOS process, and dyld demands it.
  return {
    format: "mach-o",
    undefinedSymbols,
    libraries: libraries.filter((name) => !name.endsWith("/libSystem.B.dylib")),
    signature,
    signatureNeeded: bytes.readUInt32LE(4) === 0x0100000c, // CPU_TYPE_ARM64
  };
}

/**
 * The superblob of a code signature, big-endian: its code directory has a hash for each page of the file up to itself. Ad hoc
 * means that nobody vouches for it; macOS then wants the hashes to be right, and no more.
 */
function readSignature(bytes: Buffer, blob: number): BinaryFacts["signature"] {
  const u32 = (at: number): number => bytes.readUInt32BE(at);
  if (u32(blob) !== 0xfade0cc0) return "broken";
  for (let index = 0; index < u32(blob + 8); index++) {
    if (u32(blob + 12 + index * 8) !== 0 /* CSSLOT_CODEDIRECTORY */) continue;
    const directory = blob + u32(blob + 16 + index * 8);
    const [hashes, slots, limit] = [
      directory + u32(directory + 16),
      u32(directory + 28),
      u32(directory + 32),
    ];
    const size = bytes.readUInt8(directory + 36);
    const page = 2 ** bytes.readUInt8(directory + 39);
    // SHA-256; the signature begins where the signed part ends.
    if (bytes.readUInt8(directory + 37) !== 2 || limit !== blob || slots !== Math.ceil(limit / page))
      return "broken";
    for (let slot = 0; slot < slots; slot++) {
      const content = bytes.subarray(slot * page, Math.min((slot + 1) * page, limit));
      const hash = createHash("sha256").update(content).digest();
      if (!hash.equals(bytes.subarray(hashes + slot * size, hashes + (slot + 1) * size))) return "broken";
    }
    const flags = u32(directory + 12);
    return (flags & 2) /* CS_ADHOC */ === 0 ? "by a certificate" : "ad hoc";
  }
  return "broken";
}
