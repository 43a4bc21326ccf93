import { Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { TOPICS } from "@hotspan/wire";
import type { Producer } from "kafkajs";
import { debug, describe } from "../log.ts";
import { withoutTracing } from "../otel/suppress.ts";
import type { Message } from "../window/encoder.ts";
import type { Outcome, Transport } from "./transport.ts";

/**
 * Windows as records of `hotspan.profiles.v1`: key `instance/thread`, so that one thread's windows keep their order;
 * idempotent producer; no compression by Kafka, the values are compressed already.
 */
export class KafkaTransport implements Transport {
  readonly destination: string;
  readonly #brokers: readonly string[];
  #producer: Promise<Producer> | undefined;

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
    this.destination = `kafka://${brokers.join(",")}/${TOPICS.profiles}`;
  }

  async send({ key, headers, body }: Message, timeoutMillis: number): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const timeout = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`no answer within ${timeoutMillis} ms`)),
          timeoutMillis,
        ).unref();
      });
      const sending = withoutTracing(async () => {
        const producer = await (this.#producer ??= this.#connect());
        await producer.send({
          topic: TOPICS.profiles,
          acks: -1,
          messages: [{ key, value: Buffer.from(body.buffer, body.byteOffset, body.length), headers }],
        });
      });
      // After a timeout nobody listens any more; the record may still arrive, and is told by its id.
      sending.catch(() => {});
      await Promise.race([sending, timeout]);
      return { kind: "sent" };
    } catch (error) {
      return this.#failed(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then((connected) => connected.disconnect()).catch(() => {});
  }

  async #connect(): Promise<Producer> {
    const kafkajs = await import("kafkajs");
    const { Kafka, logLevel } = kafkajs.default ?? kafkajs;
    const kafka = new Kafka({
      clientId: "hotspan-agent",
      brokers: [...this.#brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 3000,
      requestTimeout: 10_000,
      // Attempts are the sender's business.
      retry: { retries: 1, initialRetryTime: 100 },
      // A connection of the agent must not keep the process alive.
      socketFactory: ({ host, port, ssl, onConnect }) => {
        const socket =
          ssl === undefined || ssl === null
            ? new Socket().connect({ host, port }, onConnect)
            : tlsConnect(
                { host, port, servername: host, ...(typeof ssl === "object" ? ssl : {}) },
                onConnect,
              );
        socket.setKeepAlive(true, 60_000);
        return socket.unref();
      },
    });
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: true,
      retry: { retries: 3, initialRetryTime: 100 },
    });
    try {
      await producer.connect();
    } catch (error) {
      this.#producer = undefined;
      throw error;
    }
    return producer;
  }

  #failed(error: unknown): Outcome {
    const reason = describe(error);
    debug("Kafka", error);
    const type = (error as { type?: unknown } | undefined)?.type;
    if (type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE") return { kind: "refused", reason };
    if (type === "TOPIC_AUTHORIZATION_FAILED" || type === "CLUSTER_AUTHORIZATION_FAILED")
      return { kind: "absent", reason };
    return { kind: "retry", reason };
  }
}
