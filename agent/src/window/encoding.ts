import { inCleanContext } from "../clean.ts";
import { debug, describe, warnOnce } from "../log.ts";
import type { TakenWindow } from "./assemble.ts";
import { worthSending } from "./assemble.ts";
import { type Encoded, type Encoder, InlineEncoder, type Message } from "./encoder.ts";

/** Windows that may be under way at once; beyond that the loop is too busy to encode any. */
const MOST = 2;

/** The windows between the recorder, which took them, and the sender's queue. */
export class Encoding {
  readonly #encoder: Encoder = new InlineEncoder();
  readonly #underWay = new Map<TakenWindow, Promise<void>>();
  readonly #onEncoded: (taken: TakenWindow, encoded: Encoded) => void;

  constructor(onEncoded: (taken: TakenWindow, encoded: Encoded) => void) {
    this.#onEncoded = onEncoded;
  }

  get full(): boolean {
    return this.#underWay.size >= MOST;
  }

  /** @param awaited whether it may be the last. */
  begin(taken: TakenWindow, awaited = false): void {
    // It ends behind an await, so it stands here before it is taken out.
    this.#underWay.set(
      taken,
      inCleanContext(() => this.#encode(taken, awaited)),
    );
  }

  /** Once all are done that were begun; never rejects. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** For the `exit` event: what is under way, and the last one. */
  now(last: TakenWindow | undefined): Message[] {
    const windows = [...this.#underWay.keys()];
    // What came after a flush a moment ago is not worth holding the exit for.
    if (last !== undefined && (windows.length > 0 || worthSending(last))) windows.push(last);
    return windows.flatMap((taken) => this.#encoder.encodeNow(taken));
  }

  async #encode(taken: TakenWindow, awaited: boolean): Promise<void> {
    try {
      this.#onEncoded(taken, await this.#encoder.encode(taken, awaited));
    } catch (error) {
      warnOnce("HOTSPAN_AGENT_INTERNAL", `a window could not be encoded: ${describe(error)}`, "encode");
      debug("while encoding", error instanceof Error ? (error.stack ?? error) : error);
    } finally {
      this.#underWay.delete(taken);
    }
  }
}
