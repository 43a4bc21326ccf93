import { randomBytes } from "node:crypto";
import { compress, encodeWindow, HEADERS, WINDOW_CONTENT_TYPE } from "@hotspan/wire";
import { makeWindow, type WindowOptions } from "@hotspan/wire/testing";

export interface Message {
  readonly instance: string;
  readonly seq: number;
  readonly samples: number;
  readonly value: Uint8Array;
}

export const newInstance = (): string => randomBytes(16).toString("hex");

/** A small window, compressed as an agent sends it. */
export async function message(options: WindowOptions & { instance: string; seq: number }): Promise<Message> {
  const window = makeWindow({
    seconds: 2,
    stacks: 20,
    depth: 8,
    spans: 5,
    seed: options.seq + 1,
    // One behind the other, as the windows of a thread are.
    startMillis: Date.now() - 3_600_000 + options.seq * 2000,
    ...options,
  });
  return {
    instance: options.instance,
    seq: options.seq,
    samples: window.ticks.stack.filter((stack) => stack > 0).length,
    value: await compress(encodeWindow(window)),
  };
}

/** The answer's status; undefined when there was no answer. */
export async function post(url: string, value: Uint8Array): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/v1/profiles`, {
      method: "POST",
      headers: { "content-type": WINDOW_CONTENT_TYPE, [HEADERS.encoding]: "zstd" },
      body: new Uint8Array(value),
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
