import type { Logger } from "pino";
import type { KafkaAddress, KafkaClient, KafkaDriver } from "./driver.ts";

/** The driver over the library of that name, which is loaded now. Nothing connects before it is needed. */
export async function openDriver(
  client: KafkaClient,
  address: KafkaAddress,
  log: Logger,
): Promise<KafkaDriver> {
  switch (client) {
    case "kafkajs": {
      const { kafkajsDriver } = await import("./kafkajs/driver.ts");
      return kafkajsDriver(address, log);
    }
    case "platformatic": {
      const { platformaticDriver } = await import("./platformatic/driver.ts");
      return platformaticDriver(address);
    }
  }
}
