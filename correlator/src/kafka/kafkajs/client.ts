import kafkajs, { type Kafka, type LogEntry } from "kafkajs";
import type { Logger } from "pino";
import { registerCodecs } from "./codecs.ts";
import type { KafkaSecurity } from "./security.ts";

/** A client whose lines go to our log; kafkajs calls every retry an error, so none of them is more than `debug` here. */
export function kafkaClient(brokers: string, log: Logger, security: KafkaSecurity = {}): Kafka {
  registerCodecs();
  return new kafkajs.Kafka({
    clientId: "hotspan-correlator",
    brokers: brokers.split(",").map((broker) => broker.trim()),
    ...security,
    connectionTimeout: 3000,
    retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 8 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator:
      () =>
      ({ log: { message }, namespace }: LogEntry) => {
        log.debug({ namespace }, message);
      },
  });
}
