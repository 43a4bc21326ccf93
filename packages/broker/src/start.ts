import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brokerAvailable } from "./available.ts";
import { BrokerError } from "./errors.ts";
import { type Guarded, startGuarded } from "./guarded.ts";
import { fetchJars, kafkaFolder } from "./jars.ts";
import { tryLock } from "./lock.ts";
import { countBrokers } from "./metadata.ts";
import { freePorts, isFree } from "./ports.ts";
import { scramArguments, type SecureListeners, secureProperties } from "./secure.ts";
import { runTool } from "./tool.ts";

export interface BrokerOptions {
  /** Keeps the log; a second start on the same folder goes on with it, on the same ports if they are free. */
  readonly dataDir: string;
  /** Of the client listener on 127.0.0.1; default any free one. */
  readonly port?: number;
  /** What is being fetched on the first start on a machine. */
  readonly onProgress?: (message: string) => void;
  readonly startTimeoutMs?: number;
  readonly secure?: SecureListeners;
}

export interface Broker {
  /** Bootstrap servers: `127.0.0.1:port`. */
  readonly brokers: string;
  readonly port: number;
  /** Of the listener with TLS, if that was asked for. */
  readonly ssl?: string | undefined;
  /** Of the listener with TLS and SASL, if that was asked for. */
  readonly saslSsl?: string | undefined;
  /** Of the Java process; changes with `restart`. */
  readonly pid: number;
  /** Resolves when that process has ended, however; another promise after `restart`. */
  readonly ended: Promise<void>;
  /** Sends a signal and waits for the end; default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts again on the same data and port; resolves once it serves. */
  restart(): Promise<void>;
  /** SIGTERM, after 3.5 s SIGKILL. */
  close(): Promise<void>;
}

interface Ports {
  readonly client: number;
  readonly controller: number;
  readonly ssl: number;
  readonly saslSsl: number;
}

/**
 * Starts a real Apache Kafka (KRaft, broker and controller in one) and resolves once it answers a metadata request with
 * itself in it. It ends with this process, however that ends. Throws `BrokerError`.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const available = await brokerAvailable();
  if (!available.ok) {
    throw new BrokerError("HOTSPAN_BROKER_UNAVAILABLE", `Kafka needs ${available.missing}`);
  }
  const libs = await fetchJars(options.onProgress ?? (() => undefined));
  const folder = resolve(options.dataDir);
  await mkdir(folder, { recursive: true });
  const lock = join(folder, "broker.lock");
  // A dead owner's lock goes with the first try.
  if (!(await tryLock(lock)) && !(await tryLock(lock))) {
    throw new BrokerError("HOTSPAN_BROKER_DATA_IN_USE", `another broker runs on ${folder}`);
  }
  try {
    const ports = await choosePorts(folder, options.port);
    await configure(folder, ports, libs, options.secure);
    const timeoutMs = options.startTimeoutMs ?? 30_000;
    let java = await launch(folder, libs, ports, timeoutMs);
    const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
      java.kill(signal);
      await java.ended;
    };
    return {
      brokers: `127.0.0.1:${ports.client}`,
      port: ports.client,
      ...(options.secure === undefined
        ? {}
        : { ssl: `127.0.0.1:${ports.ssl}`, saslSsl: `127.0.0.1:${ports.saslSsl}` }),
      get pid() {
        return java.pid;
      },
      get ended() {
        return java.ended;
      },
      kill,
      async restart() {
        await kill();
        java = await launch(folder, libs, ports, timeoutMs);
      },
      async close() {
        const stopped = kill("SIGTERM").then(() => true);
        const patience = new AbortController();
        const late = sleep(3500, false, { signal: patience.signal }).catch(() => false);
        if (!(await Promise.race([stopped, late]))) await kill("SIGKILL");
        patience.abort();
        await rm(lock, { force: true });
      },
    };
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  }
}

/** The ports of the last start if they are free: clients that were told them find the broker again. */
async function choosePorts(folder: string, port: number | undefined): Promise<Ports> {
  const path = join(folder, "ports.json");
  const last = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as Partial<Ports>,
    () => ({}) as Partial<Ports>,
  );
  const [any1 = 0, any2 = 0, any3 = 0, any4 = 0] = await freePorts(4);
  const reuse = async (candidate: number | undefined, other: number): Promise<number> =>
    candidate !== undefined && (await isFree(candidate)) ? candidate : other;
  const ports: Ports = {
    client: port !== undefined && port !== 0 ? port : await reuse(last.client, any1),
    controller: await reuse(last.controller, any2),
    ssl: await reuse(last.ssl, any3),
    saslSsl: await reuse(last.saslSsl, any4),
  };
  await writeFile(path, JSON.stringify(ports));
  return ports;
}

async function configure(
  folder: string,
  ports: Ports,
  libs: string,
  secure: SecureListeners | undefined,
): Promise<void> {
  const common = await readFile(join(kafkaFolder, "server.properties"), "utf8");
  const advertised = `PLAINTEXT://127.0.0.1:${ports.client}`;
  const listeners = `${advertised},CONTROLLER://127.0.0.1:${ports.controller}`;
  const own = [
    `listeners=${listeners}`,
    `advertised.listeners=${advertised}`,
    ...(secure === undefined ? [] : secureProperties(secure, ports, { listeners, advertised })),
    `controller.quorum.bootstrap.servers=127.0.0.1:${ports.controller}`,
    `log.dirs=${join(folder, "log")}`,
  ];
  const properties = join(folder, "server.properties");
  await writeFile(properties, `${common}\n${own.join("\n")}\n`);
  const formatted = await readFile(join(folder, "log", "meta.properties"), "utf8").catch(() => undefined);
  if (formatted !== undefined) return;
  const cluster = randomBytes(16).toString("base64url").replace(/^-/, "A");
  const format = ["format", "--standalone", "--ignore-formatted", "-t", cluster, "-c", properties];
  if (secure !== undefined) format.push(...scramArguments(secure));
  const result = await runTool("kafka.tools.StorageTool", format, libs);
  if (result.code !== 0) {
    throw new BrokerError(
      "HOTSPAN_BROKER_FORMAT_FAILED",
      `Kafka could not format ${folder}:\n${result.output}`,
    );
  }
}

async function launch(folder: string, libs: string, ports: Ports, timeoutMs: number): Promise<Guarded> {
  const logPath = join(folder, "broker.log");
  const log = await open(logPath, "w");
  // About 300 MB resident: a small heap, the serial collector, and no second compiler tier for a short life.
  const memory = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const logging = `-Dlog4j2.configurationFile=${join(kafkaFolder, "log4j2.yaml")}`;
  const main = ["-cp", join(libs, "*"), "kafka.Kafka", join(folder, "server.properties")];
  let java: Guarded;
  try {
    java = await startGuarded("java", [...memory, logging, ...main], { cwd: folder, output: log.fd });
  } finally {
    await log.close();
  }
  const deadline = performance.now() + timeoutMs;
  while ((await countBrokers("127.0.0.1", ports.client)) !== 1) {
    const late = performance.now() > deadline;
    if (late) java.kill("SIGKILL");
    if (late || java.hasEnded()) {
      const tail = (await readFile(logPath, "utf8")).slice(-2000);
      throw new BrokerError(
        "HOTSPAN_BROKER_START_FAILED",
        `Kafka ${late ? `did not serve within ${timeoutMs} ms` : "ended while starting"} (${logPath}):\n${tail}`,
      );
    }
    await sleep(50);
  }
  return java;
}
