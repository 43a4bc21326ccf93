import type { Labeller } from "../labelling/labeller.ts";
import type { TakenWindow } from "../window/assemble.ts";
import type { Encoded } from "../window/encoder.ts";
import { type Cost, costOf, type LabelPrices } from "./cost.ts";
import { SamplerThreadCpu } from "./sampler-thread.ts";

/**
 * Reading a map takes up to seconds, once: counted where it falls it would have the rate lowered, which saves nothing of it. Spread, what comes
 * once is small, and what comes again and again adds up.
 */
const MAPS_SPREAD_NANOS = 600e9;

/** Adds up what each window cost. */
export class CostMeter {
  readonly #labeller: Labeller;
  readonly #prices: LabelPrices;
  readonly #sampler = new SamplerThreadCpu();
  #reads = 0;
  #writes = 0;
  /** Of maps, not yet charged to a window. */
  #mapNanos = 0;

  constructor(labeller: Labeller, prices: LabelPrices) {
    this.#labeller = labeller;
    this.#prices = prices;
  }

  /** Sampling has begun. */
  begin(): void {
    this.#sampler.take();
    this.#reads = this.#labeller.counts.reads;
    this.#writes = this.#labeller.counts.writes;
  }

  /** The sampler was started anew. */
  restarted(): void {
    this.#sampler.forget();
    this.#sampler.take();
  }

  /** @param mapNanos CPU of the thread that reads source maps, since the last window */
  window(taken: TakenWindow, encoded: Encoded, mapNanos: number): Cost {
    const { reads, writes } = this.#labeller.counts;
    const labels = { reads: reads - this.#reads, writes: writes - this.#writes };
    this.#reads = reads;
    this.#writes = writes;
    const durationNanos = encoded.facts.durationMillis * 1e6;
    this.#mapNanos += mapNanos;
    const charged = this.#mapNanos * Math.min(1, durationNanos / MAPS_SPREAD_NANOS);
    this.#mapNanos -= charged;
    let bytes = 0;
    for (const { body } of encoded.messages) bytes += body.length;
    return costOf({
      durationNanos,
      periodNanos: taken.periodMicros * 1000,
      samplerNanos: this.#sampler.take(),
      takenTicks: encoded.facts.labelled + encoded.facts.unlabelled + encoded.facts.idle,
      labels,
      prices: this.#prices,
      macrotasks: taken.journal?.macrotasks ?? 0,
      readings: taken.journal?.readings ?? 0,
      windowNanos: encoded.cpuNanos,
      mapNanos: charged,
      messages: encoded.messages.length,
      bytes,
    });
  }
}
