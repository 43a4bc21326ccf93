import { compress, encodeWindow, type Window } from "@hotspan/wire";
import { makeWindow, Random } from "@hotspan/wire/testing";

export interface Messages {
  readonly list: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly samples: number;
  /** Before compression. */
  readonly rawBytes: number;
}

const services = 4;

/**
 * Windows of ten seconds, of some processes of four services, one behind the other and the last of them a minute ago. Their ticks
 * are those of one window per process; traces and spans are new in each.
 */
export async function makeMessages(windows: number, instances = 40): Promise<Messages> {
  const perInstance = Math.ceil(windows / instances);
  const first = Date.now() - 60_000 - perInstance * 10_000;
  const patterns = Array.from({ length: instances }, (_, i) =>
    makeWindow({
      seed: i + 1,
      service: `svc-${i % services}`,
      instance: i.toString(16).padStart(32, "a"),
      stackSeed: i % services,
      startMillis: first,
      busy: 0.75,
      spans: 4,
    }),
  );
  const samplesOf = patterns.map(({ ticks }) =>
    ticks.stack.reduce((count, ref) => count + (ref > 0 ? 1 : 0), 0),
  );
  const random = new Random(7);
  const list: { key: string; value: Uint8Array }[] = [];
  let samples = 0;
  let rawBytes = 0;
  for (let index = 0; index < windows; index++) {
    const pattern = patterns[index % instances] as Window;
    const bytes = encodeWindow(later(pattern, Math.floor(index / instances), random));
    rawBytes += bytes.length;
    samples += samplesOf[index % instances] as number;
    list.push({ key: `${pattern.header.instance}/0`, value: await compress(bytes) });
  }
  return { list, samples, rawBytes };
}

function later(window: Window, seq: number, random: Random): Window {
  const { header } = window;
  const nanos = BigInt(seq) * 10_000_000_000n;
  const moved = (clock: Window["header"]["start"]): Window["header"]["start"] => ({
    monotonicNanos: clock.monotonicNanos + nanos,
    epochNanos: clock.epochNanos + nanos,
  });
  return {
    ...window,
    header: { ...header, seq, profileId: random.hex(32), start: moved(header.start), end: moved(header.end) },
    labels: window.labels.map((label) => ({ ...label, traceId: random.hex(32), spanId: random.hex(16) })),
  };
}
