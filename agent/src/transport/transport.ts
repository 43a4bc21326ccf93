import type { Message } from "../window/encoder.ts";

/** What came of a message. */
export type Outcome =
  | { readonly kind: "sent" }
  /** Try again; not before `afterMillis`, if the receiver asked for that. */
  | {
      readonly kind: "retry";
      readonly reason: string;
      readonly afterMillis?: number | undefined;
      /** What somebody has to put right before it can go well. */
      readonly blame?: "credentials" | "certificate" | "proxy";
    }
  /** This message will never be taken. */
  | { readonly kind: "refused"; readonly reason: string }
  /** No message ever will. */
  | { readonly kind: "absent"; readonly reason: string };

/** Why a window that was delivered is gone again. */
export type EvictReason = "folder full" | "too old";

/** Never rejects. */
export interface Transport {
  readonly destination: string;
  /** Environment variables: where to send, as whom, and whom to trust. */
  readonly settings: {
    readonly address: string;
    readonly credentials: string;
    readonly certificate: string;
  };
  send(message: Message, timeoutMillis: number): Promise<Outcome>;
  close(): Promise<void>;
  /** In the `exit` event, where nothing asynchronous runs any more. Absent: not possible. */
  sendAtExit?(messages: readonly Message[], budgetMillis: number): void;
  /** Of transports that keep windows themselves: told of each that had to go. */
  onEvict?: ((reason: EvictReason, bytes: number) => void) | undefined;
}
