import { decompress, WireError } from "@hotspan/wire";
import { BatchBuilder, type DeadLetter, type OtlpContentType, type StackMemory } from "../decode/index.ts";
import type { SourceRecord } from "../source/source.ts";
import { sourceName } from "../source/source.ts";
import type { Encode } from "./ports.ts";

/** Of one OTLP request after decompression. */
export const maxSpanBytes: number = 32 << 20;

/** Encodes cuts with the decoders of both kinds of records. */
export function batchEncoder(stackMemory: StackMemory): Encode {
  return async (batch, source, kind, records, claim) => {
    const builder = new BatchBuilder(batch, { stackMemory });
    const name = sourceName(source);
    const unreadable: DeadLetter[] = [];
    if (kind === "profiles") {
      await Promise.all(
        records.map((record) => builder.addWindow({ source: name, ...record }, record.value)),
      );
      const keys = builder.windowKeys();
      if (keys.length > 0) builder.dropWindows(await claim(keys));
    } else {
      for (const record of records) {
        const bytes = await open(record, unreadable);
        if (bytes !== undefined)
          builder.addSpans({ source: name, ...record }, bytes, contentType(record.headers["content-type"]));
      }
    }
    const { blocks, deadLetters, counts } = builder.finish();
    return {
      blocks,
      deadLetters: [...deadLetters, ...unreadable],
      counts: { ...counts, deadLetters: deadLetters.length + unreadable.length },
      stored: () => builder.stacksStored(),
    };
  };
}

async function open(record: SourceRecord, unreadable: DeadLetter[]): Promise<Uint8Array | undefined> {
  try {
    return await decompress(record.value, record.headers["content-encoding"], maxSpanBytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    unreadable.push({ offset: record.offset, code: error.code, detail: error.message });
    return undefined;
  }
}

/** The Collector's Kafka exporter says nothing and sends protobuf. */
function contentType(header: string | undefined): OtlpContentType {
  return header?.startsWith("application/json") === true ? "application/json" : "application/x-protobuf";
}
