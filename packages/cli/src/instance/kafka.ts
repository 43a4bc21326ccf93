import { type Broker, brokerAvailable, startBroker } from "@hotspan/broker";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError, messageOf } from "../errors.ts";
import type { InstanceContext } from "./instance.ts";

export interface Kafka {
  readonly brokers: string;
  /** Of our own broker. */
  readonly pid: number | undefined;
  close(): Promise<void>;
  kill(): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

/** Our own broker in `data`, kept running, or somebody else's brokers. `changed`: it has another pid. */
export async function startKafka(
  kafka: true | string,
  data: string,
  { progress, say }: InstanceContext,
  changed: () => void,
): Promise<Kafka> {
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
  const stopping = new AbortController();
  void keepRunning(broker, stopping.signal, say, changed);
  return {
    brokers: broker.brokers,
    get pid() {
      return broker.pid;
    },
    close() {
      stopping.abort();
      return broker.close();
    },
    kill() {
      stopping.abort();
      broker.kill().catch(() => undefined);
    },
  };
}

/** Starts a broker that ended unasked again, on the same data and port. What it had acknowledged is in its log. */
async function keepRunning(
  broker: Broker,
  stopping: AbortSignal,
  say: (line: string) => void,
  changed: () => void,
): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  for (;;) {
    await broker.ended;
    if (stopping.aborted) return;
    say(`Kafka ended; starting it again in ${delayMs} ms (kafka/broker.log)`);
    await sleep(delayMs);
    if (stopping.aborted) return;
    try {
      await broker.restart();
      delayMs = FIRST_DELAY_MS;
      say("Kafka runs again");
      changed();
    } catch (error) {
      delayMs = Math.min(LONGEST_DELAY_MS, delayMs * 2);
      say(`Kafka did not start: ${messageOf(error)}`);
    }
    // Stopped while it started: it must not outlive the others.
    if (stopping.aborted) await broker.close();
  }
}
