// A worker thread for kafkajs: its timers would keep the application's process alive, its warnings (negative timeouts on
// Node ≥ 24) would stand on the application's stderr, and its work would run on the application's loop.
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { TOPICS } from "@hotspan/wire";
import kafkajs, { type Kafka, type Producer, type SASLOptions } from "kafkajs";
import type { Message } from "../window/encoder.ts";
import type { KafkaAnswer, KafkaRequest, KafkaWorkerData } from "./kafka-protocol.ts";
import { isTlsError, readTls } from "./tls.ts";
import type { Outcome } from "./transport.ts";

const { brokers, security } = workerData as KafkaWorkerData;
let producer: Promise<Producer> | undefined;

function client(): Kafka {
  const { tls, sasl } = security;
  return new kafkajs.Kafka({
    clientId: "hotspan-agent",
    brokers: [...brokers],
    ...(tls === undefined ? {} : { ssl: readTls(tls) }),
    ...(sasl === undefined
      ? {}
      : { sasl: { ...sasl, mechanism: sasl.mechanism.toLowerCase() } as SASLOptions }),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    // Repeating is the sender's business.
    retry: { retries: 1, initialRetryTime: 100 },
  });
}

async function connect(): Promise<Producer> {
  const made = client().producer({
    // Kafka drops what a retry sends twice.
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 3, initialRetryTime: 100 },
  });
  try {
    await made.connect();
    return made;
  } catch (error) {
    // The next attempt makes a client of its own, which reads the certificates anew.
    producer = undefined;
    await made.disconnect().catch(() => {});
    throw error;
  }
}

async function send({ key, headers, body }: Message): Promise<void> {
  producer ??= connect();
  await (await producer).send({
    topic: TOPICS.profiles,
    acks: -1,
    // The values are compressed already.
    compression: kafkajs.CompressionTypes.None,
    messages: [{ key, headers, value: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }],
  });
}

/** An error, what caused it, and so on. */
function causes(error: unknown): KafkaFailure[] {
  const chain: KafkaFailure[] = [];
  for (let at = error as KafkaFailure | undefined; at instanceof Error && chain.length < 8; at = at.cause)
    chain.push(at);
  return chain;
}

interface KafkaFailure extends Error {
  readonly type?: string;
  /** Of what a broker answers: whether it may answer otherwise in a moment. */
  readonly retriable?: boolean;
  readonly cause?: KafkaFailure;
}

async function outcomeOf(message: Message): Promise<Outcome> {
  try {
    await send(message);
    return { kind: "sent" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const chain = causes(error);
    if (chain.some(isTlsError)) return { kind: "retry", reason, blame: "certificate" };
    if (chain.some(({ name }) => name === "KafkaJSSASLAuthenticationError"))
      return { kind: "retry", reason, blame: "credentials" };
    const type: unknown = chain[0]?.type;
    switch (type) {
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

/** A broker that makes the topic or moves its leader refuses for a moment; one that is away is not waited for. */
async function sendUntil(message: Message, deadline: number): Promise<void> {
  for (;;)
    try {
      return await send(message);
    } catch (error) {
      const passes = causes(error).some(
        (one) => one.name === "KafkaJSProtocolError" && one.retriable === true,
      );
      if (!passes || performance.now() > deadline) return;
      await sleep(100);
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
      const deadline = performance.now() + request.budgetMillis;
      for (const message of request.messages) await sendUntil(message, deadline);
      const flag = new Int32Array(request.flag);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      return;
    }
    case "close":
      await producer?.then((made) => made.disconnect()).catch(() => {});
      parentPort?.close();
  }
}

parentPort?.on("message", (request: KafkaRequest) => void answer(request));
