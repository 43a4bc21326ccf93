import { setImmediate as nextTurn } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import type { Window } from "@hotspan/wire";
import { encodeWindow, HEADERS, recordKey, splitWindow } from "@hotspan/wire";
import type { TakenWindow } from "./assemble.ts";
import { assemble } from "./assemble.ts";

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
    let longest = taken.stallNanos;
    const steps = assemble(taken);
    for (;;) {
      await nextTurn();
      const began = process.hrtime.bigint();
      const step = steps.next();
      longest = Math.max(longest, Number(process.hrtime.bigint() - began));
      if (step.done !== true) continue;
      const window = step.value;
      const header = { ...window.header, flushStallNanos: longest };
      const parts = await splitWindow({ ...window, header });
      return parts.map((part) => message(part.window, part.bytes));
    }
  }

  encodeNow(taken: TakenWindow): Message[] {
    const steps = assemble(taken);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    return [message(step.value, zstdCompressSync(encodeWindow(step.value)))];
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
