import { HEAP_REASONS } from "./encode.ts";
import { WireError } from "./errors.ts";
import type { ProtoReader } from "./proto/reader.ts";
import { BYTES, VARINT } from "./proto/writer.ts";
import type { HeapProfile } from "./window.ts";

/** Reads `HeapProfile`. A reason of a newer minor is one of the regular kind to this reader. */
export function decodeHeap(reader: ProtoReader): HeapProfile {
  let reason = 0;
  let intervalBytes = 0;
  let pprof: Uint8Array | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        reader.expect(VARINT);
        reason = reader.uint32();
        break;
      case 2:
        reader.expect(VARINT);
        intervalBytes = reader.safeUint64();
        break;
      case 3:
        reader.expect(BYTES);
        pprof = reader.view();
        break;
      default:
        reader.skip();
    }
  }
  if (pprof === undefined)
    throw new WireError("HOTSPAN_WIRE_MISSING_FIELD", "the heap profile has no pprof section");
  return { reason: HEAP_REASONS[reason - 1] ?? "interval", intervalBytes, pprof };
}
