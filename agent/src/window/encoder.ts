import { setImmediate as nextTurn } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import type { Window } from "@hotspan/wire";
import { encodeWindow, HEADERS, recordKey, splitWindow } from "@hotspan/wire";
import { buildPprof } from "./pprof.ts";
import type { TakenWindow } from "./recorder.ts";

/** One encoded part, ready for a transport. */
export interface Message {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Where encoding happens: in the thread itself, between turns of its loop; a worker thread could take this place. */
export interface Encoder {
  encode(taken: TakenWindow): Promise<Message[]>;
  /** For the `exit` event. */
  encodeNow(taken: TakenWindow): Message[];
}

export class InlineEncoder implements Encoder {
  async encode(taken: TakenWindow): Promise<Message[]> {
    await nextTurn();
    const { window, ...parts } = taken;
    const began = process.hrtime.bigint();
    const profile = buildPprof({
      ...parts,
      header: window.header,
      ticks: window.ticks,
      labels: window.labels,
    });
    const built = process.hrtime.bigint();
    const pprof = await profile.encodeAsync();
    const { header } = window;
    // The longest of the pieces: between them the application had its turn.
    const flushStallNanos = Math.max(header.flushStallNanos, Number(built - began));
    const whole = { ...window, header: { ...header, flushStallNanos }, pprof };
    await nextTurn();
    const messages = await splitWindow(whole);
    return messages.map((part) => message(part.window, part.bytes));
  }

  encodeNow({ window, ...parts }: TakenWindow): Message[] {
    const pprof = buildPprof({
      ...parts,
      header: window.header,
      ticks: window.ticks,
      labels: window.labels,
    }).encode();
    const whole = { ...window, pprof };
    return [message(whole, zstdCompressSync(encodeWindow(whole)))];
  }
}

function message({ header }: Window, body: Uint8Array): Message {
  return { key: recordKey(header.instance, header.threadId), headers: messageHeaders({ header }), body };
}

export function messageHeaders({ header }: Pick<Window, "header">): Record<string, string> {
  return {
    [HEADERS.version]: `${header.versionMajor}.${header.versionMinor}`,
    [HEADERS.profileId]: header.profileId,
    [HEADERS.service]: header.resource["service.name"] ?? "",
    [HEADERS.encoding]: "zstd",
  };
}
