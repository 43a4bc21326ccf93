import { Problem } from "./problem.ts";

const encodings: ReadonlySet<string> = new Set(["gzip", "zstd", "identity"]);

/** The content encoding of a request. Throws 415 for one that is not known. */
export function encodingOf(header: string | undefined): string {
  const encoding = header?.trim().toLowerCase() ?? "identity";
  if (encodings.has(encoding)) return encoding;
  throw new Problem("unsupported_media_type", `content-encoding ${encoding}; send gzip, zstd or identity`);
}

/** The content type without parameters, if it is one of `accepted`. Throws 415. */
export function contentTypeOf<T extends string>(header: string | undefined, accepted: readonly T[]): T {
  const type = header?.split(";")[0]?.trim().toLowerCase();
  const found = accepted.find((candidate) => candidate === type);
  if (found !== undefined) return found;
  throw new Problem(
    "unsupported_media_type",
    `content-type ${type ?? "(none)"}; send ${accepted.join(" or ")}`,
  );
}

export function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
