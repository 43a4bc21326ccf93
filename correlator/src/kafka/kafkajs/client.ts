import kafkajs, { type Kafka, type LogEntry, type SASLOptions } from "kafkajs";
import type { Logger } from "pino";
import type { KafkaAddress } from "../driver.ts";
import { registerCodecs } from "./codecs.ts";

/** A client whose lines go to our log; kafkajs calls every retry an error, so none of them is more than `debug` here. */
export function kafkaClient({ brokers, tls, sasl }: KafkaAddress, log: Logger): Kafka {
  registerCodecs();
  return new kafkajs.Kafka({
    clientId: "hotspan-correlator",
    brokers: [...brokers],
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined
      ? {}
      : { sasl: { ...sasl, mechanism: sasl.mechanism.toLowerCase() } as SASLOptions }),
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
