import { brokerAvailable, startBroker } from "@hotspan/broker";
import { join } from "node:path";
import { CliError } from "../errors.ts";
import type { Progress } from "../text/progress.ts";

export interface Kafka {
  readonly brokers: string;
  /** Of our own broker. */
  readonly pid: number | undefined;
  close(): Promise<void>;
  kill(): void;
}

/** Our own broker in `data`, or somebody else's brokers. */
export async function startKafka(kafka: true | string, data: string, progress: Progress): Promise<Kafka> {
  if (kafka !== true)
    return { brokers: kafka, pid: undefined, close: () => Promise.resolve(), kill: () => undefined };
  const available = await brokerAvailable();
  if (!available.ok) {
    throw new CliError(
      "HOTSPAN_CLI_NOT_INSTALLED",
      `--kafka starts a broker here, which needs ${available.missing}: install that, or name brokers with --kafka=host:port`,
    );
  }
  const broker = await progress.step("Kafka", (detail) =>
    startBroker({ dataDir: join(data, "kafka"), onProgress: detail }),
  );
  return {
    brokers: broker.brokers,
    get pid() {
      return broker.pid;
    },
    close: () => broker.close(),
    kill: () => void broker.kill().catch(() => undefined),
  };
}
