import { decompress, HEADERS, WireError } from "@hotspan/wire";
import {
  BatchBuilder,
  type DeadLetter,
  isJson,
  type PlainFormat,
  type StackMemory,
} from "../decode/index.ts";
import type { SourceKind, SourceRecord } from "../source/source.ts";
import { sourceName } from "../source/source.ts";
import type { Encode } from "./ports.ts";

/** Of one OTLP request or pprof profile after decompression. */
export const maxPlainBytes: number = 32 << 20;

/** Encodes cuts with the decoders of both kinds of records. */
export function batchEncoder(stackMemory: StackMemory): Encode {
  return async (batch, shards, source, kind, records, claim) => {
    const builder = new BatchBuilder(batch, { stackMemory, shards });
    const name = sourceName(source);
    const unreadable: DeadLetter[] = [];
    const readable = records.filter(({ offset, refused }) => {
      if (refused !== undefined) unreadable.push({ offset, ...refused });
      return refused === undefined;
    });
    for (const run of runs(readable, kind)) {
      if (run.format === "window") {
        // Side by side: they are inflated on the thread pool.
        await Promise.all(
          run.records.map((record) => builder.addWindow({ source: name, ...record }, record.value)),
        );
        continue;
      }
      for (const record of run.records) {
        const bytes = await open(record, unreadable);
        if (bytes === undefined) continue;
        const meta = { source: name, ...record };
        if (run.format === "spans")
          builder.addSpans(
            meta,
            bytes,
            isJson(record, bytes) ? "application/json" : "application/x-protobuf",
          );
        else builder.addPlain(meta, bytes, run.format);
      }
    }
    const keys = builder.windowKeys();
    if (keys.length > 0) builder.dropWindows(await claim(keys));
    const { blocks, deadLetters, counts } = builder.finish();
    return {
      blocks,
      deadLetters: [...deadLetters, ...unreadable],
      counts: { ...counts, deadLetters: deadLetters.length + unreadable.length },
      stored: () => builder.stacksStored(),
    };
  };
}

/** Files of pprof are gzip by themselves, whatever the headers say. */
async function open(record: SourceRecord, unreadable: DeadLetter[]): Promise<Uint8Array | undefined> {
  const { value, headers } = record;
  const zipped = headers[HEADERS.format] === "pprof" && value[0] === 0x1f && value[1] === 0x8b;
  try {
    return await decompress(value, zipped ? "gzip" : headers[HEADERS.encoding], maxPlainBytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    unreadable.push({ offset: record.offset, code: error.code, detail: error.message });
    return undefined;
  }
}

type Format = "window" | "spans" | PlainFormat;

/** Neighbours of one format, in the order of the records: the order of the calls is that of the rows. */
function runs(
  records: readonly SourceRecord[],
  kind: SourceKind,
): { readonly format: Format; readonly records: SourceRecord[] }[] {
  const found: { readonly format: Format; readonly records: SourceRecord[] }[] = [];
  for (const record of records) {
    const format = formatOf(record, kind);
    const last = found.at(-1);
    if (last?.format === format) last.records.push(record);
    else found.push({ format, records: [record] });
  }
  return found;
}

function formatOf({ headers }: SourceRecord, kind: SourceKind): Format {
  switch (kind) {
    case "spans":
      return "spans";
    case "otlpProfiles":
      return "otlp";
    case "profiles": {
      const format = headers[HEADERS.format];
      return format === "otlp" || format === "pprof" ? format : "window";
    }
  }
}
