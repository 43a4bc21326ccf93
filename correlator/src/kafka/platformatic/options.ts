import type { BaseOptions } from "@platformatic/kafka";
import type { KafkaAddress } from "../driver.ts";

/** What every client of this library is made with. */
export function clientOptions({ brokers, tls, sasl }: KafkaAddress): BaseOptions {
  return {
    clientId: "hotspan-correlator",
    bootstrapBrokers: [...brokers],
    connectTimeout: 3000,
    retries: 5,
    retryDelay: 300,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
  };
}
