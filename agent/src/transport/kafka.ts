import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type KafkaSecurity, TOPICS } from "@hotspan/wire";
import { inCleanContext } from "../clean.ts";
import { describe } from "../log.ts";
import { packageRoot } from "../package-root.ts";
import type { Message } from "../window/encoder.ts";
import type { KafkaAnswer, KafkaRequest, KafkaWorkerData } from "./kafka-protocol.ts";
import { tlsEnvironment } from "./tls.ts";
import type { Outcome, Transport } from "./transport.ts";

/**
 * Windows as records of `hotspan.profiles.v1`, key `instance/thread` so that one thread's windows keep their order. The
 * client lives in a worker thread (see there why), which never keeps the process alive.
 */
export class KafkaTransport implements Transport {
  readonly destination: string;
  readonly settings = {
    address: "HOTSPAN_KAFKA_BROKERS",
    credentials: "HOTSPAN_KAFKA_SASL_USERNAME and HOTSPAN_KAFKA_SASL_PASSWORD",
    certificate: "HOTSPAN_KAFKA_SSL_CA_LOCATION",
  };
  readonly #brokers: readonly string[];
  readonly #security: KafkaSecurity;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(brokers: readonly string[], security: KafkaSecurity) {
    this.#brokers = brokers;
    this.#security = security;
    this.destination = `kafka://${brokers.join(",")}/${TOPICS.profiles}`;
  }

  send(message: Message, timeoutMillis: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const id = ++this.#lastId;
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(outcome);
      };
      // The record may arrive all the same; a second one is told by its profile id.
      const timer = setTimeout(
        () => settle({ kind: "retry", reason: `no answer within ${timeoutMillis} ms` }),
        timeoutMillis,
      ).unref();
      this.#waiting.set(id, settle);
      try {
        this.#post({ kind: "send", id, message });
      } catch (error) {
        settle({ kind: "retry", reason: describe(error) });
      }
    });
  }

  sendAtExit(messages: readonly Message[], budgetMillis: number): void {
    const flag = new SharedArrayBuffer(4);
    this.#post({ kind: "exit", messages, budgetMillis, flag });
    Atomics.wait(new Int32Array(flag), 0, 0, budgetMillis);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.postMessage({ kind: "close" } satisfies KafkaRequest);
  }

  #post(request: KafkaRequest): void {
    this.#worker ??= inCleanContext(() => this.#start());
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(join(packageRoot, "lib", "kafka-worker.cjs"), {
      workerData: { brokers: this.#brokers, security: this.#security } satisfies KafkaWorkerData,
      name: "hotspan-kafka",
      // None of the application's preloads, this agent among them.
      execArgv: ["--no-warnings"],
      env: tlsEnvironment(),
    });
    const gone = (reason: string): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const settle of this.#waiting.values()) settle({ kind: "retry", reason });
    };
    worker.on("message", ({ id, outcome }: KafkaAnswer) => this.#waiting.get(id)?.(outcome));
    worker.on("error", (error) => gone(describe(error)));
    worker.on("exit", () => gone("the Kafka client ended"));
    worker.unref();
    return worker;
  }
}
