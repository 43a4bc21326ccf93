import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brokerAvailable } from "./available.ts";
import { BrokerError } from "./errors.ts";
import type { SecureListeners } from "./secure.ts";
import { type Broker, startBroker } from "./start.ts";

export interface TestBroker {
  readonly brokers: string;
  /** Absent for brokers given by `HOTSPAN_TEST_KAFKA`: those are not ours to kill. */
  readonly broker: Broker | undefined;
  close(): Promise<void>;
}

/**
 * A broker for tests: the one of `HOTSPAN_TEST_KAFKA`, else a new one in a temporary folder. Where neither can be, it
 * says so and returns undefined, for the suite to skip; under `CI=true` that is an error. With secure listeners it is always
 * a new one.
 */
export async function testBroker(secure?: SecureListeners): Promise<TestBroker | undefined> {
  const given = process.env["HOTSPAN_TEST_KAFKA"];
  if (given !== undefined && given !== "" && secure === undefined) {
    return { brokers: given, broker: undefined, close: () => Promise.resolve() };
  }
  const available = await brokerAvailable();
  if (!available.ok) {
    const message = `no Kafka for tests: install ${available.missing}, or set HOTSPAN_TEST_KAFKA`;
    if (process.env["CI"] === "true") throw new BrokerError("HOTSPAN_BROKER_UNAVAILABLE", message);
    console.warn(`SKIPPED: ${message}`);
    return undefined;
  }
  const dataDir = await mkdtemp(join(tmpdir(), "hotspan-kafka-"));
  const broker = await startBroker({
    dataDir,
    // Other suites may want the same processors: a hang, not a measure.
    startTimeoutMs: 300_000,
    onProgress: (message) => console.info(message),
    ...(secure === undefined ? {} : { secure }),
  });
  return {
    brokers: broker.brokers,
    broker,
    async close() {
      await broker.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
