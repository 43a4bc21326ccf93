import type { AgentConfig } from "../config.ts";
import type { Transport } from "./transport.ts";

/** Loads the transport the settings ask for, and no other. */
export async function openTransport(config: AgentConfig): Promise<Transport> {
  const { files, kafkaBrokers, kafkaSecurity, endpoint, token } = config;
  if (files !== undefined) {
    const { FilesTransport } = await import("./files.ts");
    return new FilesTransport(files);
  }
  if (kafkaBrokers.length > 0) {
    const { KafkaTransport } = await import("./kafka.ts");
    return new KafkaTransport(kafkaBrokers, kafkaSecurity);
  }
  const { HttpTransport } = await import("./http.ts");
  return new HttpTransport(endpoint, token, config);
}
