// A worker thread for kafkajs: its timers would keep the application's process alive, its warnings (negative timeouts on
// Node ≥ 24) would stand on the application's stderr, and its work would run on the application's loop.
import { parentPort, workerData } from "node:worker_threads";
import { TOPICS } from "@hotspan/wire";
import kafkajs from "kafkajs";
import type { Message } from "../window/encoder.ts";
import type { KafkaAnswer, KafkaRequest, KafkaWorkerData } from "./kafka-protocol.ts";
import type { Outcome } from "./transport.ts";

const { brokers } = workerData as KafkaWorkerData;
const kafka = new kafkajs.Kafka({
  clientId: "hotspan-agent",
  brokers: [...brokers],
  logLevel: kafkajs.logLevel.NOTHING,
  connectionTimeout: 3000,
  requestTimeout: 10_000,
  // Repeating is the sender's business.
  retry: { retries: 1, initialRetryTime: 100 },
});
const producer = kafka.producer({
  // Kafka drops what a retry sends twice.
  idempotent: true,
  maxInFlightRequests: 1,
  retry: { retries: 3, initialRetryTime: 100 },
});
let connected: Promise<void> | undefined;

async function send({ key, headers, body }: Message): Promise<void> {
  connected ??= producer.connect().catch((error: unknown) => {
    connected = undefined;
    throw error;
  });
  await connected;
  await producer.send({
    topic: TOPICS.profiles,
    acks: -1,
    // The values are compressed already.
    compression: kafkajs.CompressionTypes.None,
    messages: [{ key, headers, value: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }],
  });
}

async function outcomeOf(message: Message): Promise<Outcome> {
  try {
    await send(message);
    return { kind: "sent" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    switch ((error as { type?: unknown } | undefined)?.type) {
      case "MESSAGE_TOO_LARGE":
      case "RECORD_LIST_TOO_LARGE":
        return { kind: "refused", reason };
      case "TOPIC_AUTHORIZATION_FAILED":
      case "CLUSTER_AUTHORIZATION_FAILED":
        return { kind: "absent", reason };
      default:
        return { kind: "retry", reason };
    }
  }
}

async function answer(request: KafkaRequest): Promise<void> {
  switch (request.kind) {
    case "send": {
      const reply: KafkaAnswer = { id: request.id, outcome: await outcomeOf(request.message) };
      parentPort?.postMessage(reply);
      return;
    }
    case "exit": {
      for (const message of request.messages) await outcomeOf(message);
      const flag = new Int32Array(request.flag);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      return;
    }
    case "close":
      await producer.disconnect().catch(() => {});
      parentPort?.close();
  }
}

parentPort?.on("message", (request: KafkaRequest) => void answer(request));
