import type { Message } from "../window/encoder.ts";

/** What came of a message. */
export type Outcome =
  | { readonly kind: "sent" }
  /** Try again; not before `afterMillis`, if the receiver asked for that. */
  | { readonly kind: "retry"; readonly reason: string; readonly afterMillis?: number | undefined }
  /** This message will never be taken. */
  | { readonly kind: "refused"; readonly reason: string }
  /** No message ever will. */
  | { readonly kind: "absent"; readonly reason: string };

/** Never rejects. */
export interface Transport {
  readonly destination: string;
  send(message: Message, timeoutMillis: number): Promise<Outcome>;
  close(): Promise<void>;
  /** In the `exit` event, where nothing asynchronous runs any more. Absent: not possible. */
  sendAtExit?(messages: readonly Message[], budgetMillis: number): void;
}
