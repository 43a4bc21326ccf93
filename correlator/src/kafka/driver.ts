import type { KafkaTls } from "./security.ts";
import type { Sasl } from "@hotspan/wire";
import type { RawHeader } from "../source/source.ts";
import type { ConsumerPort, FetchedBatch } from "./kafka-feed.ts";

/** The libraries that can speak to Kafka for us; the same tests hold both to the same guarantees. */
export const KAFKA_CLIENTS = ["kafkajs", "platformatic"] as const;
export type KafkaClient = (typeof KAFKA_CLIENTS)[number];

export interface KafkaAddress {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Undefined: no TLS. */
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: Sasl | undefined;
}

export interface TopicWanted {
  readonly name: string;
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface KafkaMessage {
  readonly key?: Uint8Array | undefined;
  readonly value: Uint8Array | null;
  /** In order; names may come more than once. */
  readonly headers: readonly RawHeader[];
}

export interface KafkaProducer {
  /** Resolves when all replicas in sync have it. Rejects with MessageTooLarge when the broker will never take it. */
  send(topic: string, message: KafkaMessage): Promise<void>;
  close(): Promise<void>;
}

/** The broker refuses a message of this size. */
export class MessageTooLarge extends Error {}

/** What a membership needs, and what it tells. */
export interface GroupOptions {
  readonly group: string;
  /** They exist. */
  readonly topics: readonly string[];
  /** How long the broker may wait for more before it answers a fetch. */
  readonly lingerMs: number;
  /** How long a member that sends no heartbeat keeps its partitions. */
  readonly sessionMs: number;
  readonly signal: AbortSignal;
  /** After each rebalance: all partitions this member has now, and whom to ask about them. */
  readonly assigned: (partitions: readonly TopicPartition[], consumer: ConsumerPort) => void;
  /** Until `assigned`, or `recovered`. */
  readonly troubled: (reason: string) => void;
  readonly recovered: () => void;
  /** Resolves when the batch was taken, or will never be; no more of the partition is fetched until then. */
  readonly offer: (place: TopicPartition, batch: FetchedBatch) => Promise<void>;
  /** Awaited before the group is left, however it ends: what is under way may still be committed. */
  readonly leaving: () => Promise<void>;
}

/** Six of them in a session, at least one a second. */
export function heartbeatMs(sessionMs: number): number {
  return Math.min(1000, Math.floor(sessionMs / 6));
}

/** How long a group waits for members that do not join again: as long it stands still when one is gone without a word. */
export function rebalanceMs(sessionMs: number): number {
  return Math.max(20_000, sessionMs);
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** All that is asked of a Kafka library. */
export interface KafkaDriver {
  /** Names of all topics. */
  listTopics(): Promise<readonly string[]>;
  createTopics(topics: readonly TopicWanted[]): Promise<void>;
  producer(): KafkaProducer;
  /** A member of the group until the signal aborts. Rejects when it must begin anew, after it has left the group. */
  join(options: GroupOptions): Promise<void>;
}
