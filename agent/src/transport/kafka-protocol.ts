import type { KafkaSecurity } from "@hotspan/wire";
import type { Message } from "../window/encoder.ts";
import type { Outcome } from "./transport.ts";

/** What the thread asks of its Kafka worker. */
export type KafkaRequest =
  | { readonly kind: "send"; readonly id: number; readonly message: Message }
  /** Before the process exits: send these within `budgetMillis`, then wake the main thread that waits on `flag`. */
  | {
      readonly kind: "exit";
      readonly messages: readonly Message[];
      readonly budgetMillis: number;
      readonly flag: SharedArrayBuffer;
    }
  | { readonly kind: "close" };

export interface KafkaAnswer {
  readonly id: number;
  readonly outcome: Outcome;
}

export interface KafkaWorkerData {
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity;
}
