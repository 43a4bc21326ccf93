import { setImmediate as nextTurn } from "node:timers/promises";
import type { Window } from "@hotspan/wire";
import { compress, encodeWindow, HEADERS, recordKey } from "@hotspan/wire";
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
    return encodeMessages({
      ...window,
      // The longest of the pieces: between them the application had its turn.
      header: { ...header, flushStallNanos: Math.max(header.flushStallNanos, Number(built - began)) },
      pprof,
    });
  }
}

async function encodeMessages(window: Window): Promise<Message[]> {
  await nextTurn();
  const body = await compress(encodeWindow(window));
  return [
    { key: recordKey(window.header.instance, window.header.threadId), headers: messageHeaders(window), body },
  ];
}

export function messageHeaders({ header }: Pick<Window, "header">): Record<string, string> {
  return {
    [HEADERS.version]: `${header.versionMajor}.${header.versionMinor}`,
    [HEADERS.profileId]: header.profileId,
    [HEADERS.service]: header.resource["service.name"] ?? "",
    [HEADERS.encoding]: "zstd",
  };
}
