import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Access, isLoopback } from "@hotspan/access";
import { createStoreClient, foreignTracesTable, quoteTableName } from "@hotspan/store";
import { destination, type Logger, pino } from "pino";
import { checkExposure, type CorrelatorConfig } from "./config.ts";
import { StackMemory } from "./decode/index.ts";
import { backOff } from "./delivery/backoff.ts";
import { pauseProofClock } from "./delivery/clock.ts";
import { deadLetterFile } from "./delivery/dead-letter-file.ts";
import { batchEncoder } from "./delivery/encode.ts";
import { observe } from "./delivery/events.ts";
import type { DeadLetterSink, DeliveryPorts } from "./delivery/ports.ts";
import { slots } from "./delivery/slots.ts";
import { runFeed } from "./delivery/worker.ts";
import { Deletions } from "./deletion/deletions.ts";
import { whenDelivered } from "./deletion/when-delivered.ts";
import { CorrelatorError } from "./errors.ts";
import { Health } from "./health.ts";
import { Intake } from "./http/intake.ts";
import { createServer } from "./http/server.ts";
import { AppendLog } from "./log/append-log.ts";
import { lockFolder } from "./log/folder-lock.ts";
import { deadLetterTopic } from "./kafka/dead-letter-topic.ts";
import { consume } from "./kafka/group.ts";
import { openDriver } from "./kafka/open-driver.ts";
import { topicsToRead } from "./kafka/topics.ts";
import { type DiskUse, watchDisk } from "./disk-watch.ts";
import { createMetrics } from "./metrics.ts";
import { openStore } from "./open-store.ts";
import { Partitions } from "./partitions.ts";
import { reportStatus } from "./report-status.ts";
import { Room } from "./room.ts";
import { Schedule } from "./schedule/schedule.ts";
import { keepSlowSamples } from "./slow-samples/keep.ts";
import { LogFeed } from "./source/log-feed.ts";
import type { Feed } from "./source/source.ts";
import { traceIds } from "./tracing.ts";
import { watchStore } from "./watch-store.ts";

export interface Correlator {
  /** `http://host:port` of the ingest doors. */
  readonly url: string;
  /** Empty when everything is well: ClickHouse answers and Kafka partitions are assigned. */
  readonly notReady: () => readonly string[];
  /** Ends within 3 s; what is not stored yet is stored by the next start. Idempotent. */
  close(): Promise<void>;
}

const closeMs = 2500;

/**
 * Starts the doors, the ingest log and delivery. Resolves when it listens, whether or not ClickHouse is there yet.
 * Throws CorrelatorError: …_TOKEN_REQUIRED, …_DATA_IN_USE, …_LISTEN_FAILED.
 */
export async function startCorrelator(config: CorrelatorConfig): Promise<Correlator> {
  const host = config.host ?? "127.0.0.1";
  checkExposure(host, config);
  const lines = destination({ fd: 2, sync: true });
  // A log that lies on a full disk loses lines, and nothing else.
  lines.on("error", () => undefined);
  const log = pino({ level: config.logLevel ?? "info", mixin: traceIds }, lines);
  const folder = join(config.dataDir, "ingest");
  const lock = lockFolder(folder);
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const health = new Health();
  const closers: (() => Promise<unknown> | void)[] = [() => lock.release()];
  const closeAll = async (): Promise<void> => {
    stop.abort();
    for (const close of closers.toReversed()) await close();
  };
  try {
    const openLog = async (kind: string): Promise<AppendLog> => {
      const opened = await AppendLog.open({
        folder: join(folder, kind),
        ...(config.logMaxBytes === undefined ? {} : { maxBytes: config.logMaxBytes }),
      });
      closers.push(() => opened.close());
      health.ask(() => opened.failure && `ingest log of ${kind}: ${opened.failure.message}`);
      return opened;
    };
    const logs = { profiles: await openLog("profiles"), spans: await openLog("spans") };
    const partitions = new Partitions();
    const both = [logs.profiles, logs.spans];
    const sum = (read: (l: AppendLog) => number) => () => both.reduce((total, l) => total + read(l), 0);
    let deletions: Deletions | undefined;
    const room = new Room(log);
    const disk: DiskUse = { storeBytes: 0, freeBytes: 0 };
    const metrics = createMetrics({
      logBytes: sum((l) => l.bytes),
      logRecords: sum((l) => Number(l.next - l.committed)),
      logDamaged: sum((l) => l.damaged),
      partitions: () => partitions.facts(Date.now()),
      ready: () => health.reasons.length === 0 && room.reason === undefined,
      isFull: (place) => room.isFull(place),
      storeBytes: () => disk.storeBytes,
      freeBytes: () => disk.freeBytes,
      deletionsOpen: () => deletions?.open ?? 0,
    });
    const store = openStore(config.clickhouse);
    closers.push(() => store.close());
    for (const server of store.servers) running.push(watchStore(server, health, stop.signal));
    const clients = store.servers.map(({ client }) => client);
    const limit = { bytes: config.maxDiskBytes, logBytes: sum((l) => l.bytes), room };
    running.push(watchDisk(clients, disk, limit, stop.signal));

    const owner = `${hostname()}/${process.pid}/${randomBytes(4).toString("hex")}`;
    if (config.slowSamples !== false) {
      // A day of many samples takes longer to copy than any other request.
      const patient = createStoreClient({
        ...config.clickhouse,
        // Of a cluster the tables of all shards, and of all correlators the same server: it refuses the second.
        url: config.clickhouse.shards?.[0] ?? config.clickhouse.url,
        role: "writer",
        application: "hotspan-correlator",
        maxConnections: 1,
        requestTimeoutMs: 3_600_000,
      });
      closers.push(() => patient.close());
      const name = foreignTracesTable(config.tracesTable, config.clickhouse.database);
      const spans = name === undefined ? "otel_traces" : quoteTableName(name);
      running.push(keepSlowSamples({ client: patient, spans, owner, log, signal: stop.signal }));
    }
    const slot = slots(4);
    const now = pauseProofClock();
    const stackMemory = new StackMemory();
    const encode = batchEncoder(stackMemory);
    const run = async (
      feed: Feed,
      lingerMs: number,
      deadLetters: DeadLetterSink,
      signal: AbortSignal,
    ): Promise<void> => {
      const partition = partitions.add(feed);
      const ports: DeliveryPorts = {
        owner,
        store: store.delivery,
        deadLetters,
        encode,
        events: observe(feed.source, feed.kind, { log, metrics, health, partition, room }),
        backOff,
        room: (end) => room.belowLimit(end),
        now,
        slot,
      };
      try {
        await runFeed(feed, lingerMs, ports, partition, signal);
      } finally {
        partitions.delete(partition);
      }
    };
    const deadLetters = await deadLetterFile(join(config.dataDir, "dlq", "http.jsonl"));
    const lingerMs = config.lingerMs ?? 250;
    for (const feed of [new LogFeed(logs.profiles, "profiles"), new LogFeed(logs.spans, "spans")]) {
      running.push(run(feed, lingerMs, deadLetters, stop.signal));
    }
    const told = {
      client: store.servers[0].client,
      owner,
      partitions,
      deadLetters: async () =>
        (await metrics.deadLetters.get()).values.reduce((sum, { value }) => sum + value, 0),
      log,
    };
    running.push(reportStatus(told, stop.signal));
    if (config.kafkaBrokers !== undefined) {
      const brokers = config.kafkaBrokers.split(",").map((broker) => broker.trim());
      const address = { brokers, ...config.kafkaSecurity };
      const driver = await openDriver(config.kafkaClient ?? "kafkajs", address, log);
      const producer = driver.producer();
      closers.push(() => producer.close());
      const deliver = (feed: Feed, signal: AbortSignal): Promise<void> =>
        run(feed, 0, deadLetterTopic(producer, feed.topic), signal);
      const topics = topicsToRead(config.tracesTable !== undefined);
      const group = { driver, topics, lingerMs, sessionMs: config.kafkaSessionMs };
      running.push(consume({ ...group, log, health, signal: stop.signal, deliver }));
    }
    if (config.clickhouse.shards === undefined) {
      // A mutation is only begun and looked at; but what it will take is counted before, on tables of any size.
      const patient = createStoreClient({
        ...config.clickhouse,
        role: "writer",
        application: "hotspan-correlator",
        maxConnections: 4,
        requestTimeoutMs: 3_600_000,
      });
      closers.push(() => patient.close());
      deletions = new Deletions({
        client: patient,
        owner,
        log,
        metrics,
        delivered: (signal) => whenDelivered(both, () => partitions.ofKafka, signal),
        stacksGone: (service) => stackMemory.forget(service),
      });
      running.push(deletions.run(stop.signal));
    }
    // Waiting for ClickHouse in the middle of a cut ends with its connections; not longer than a user waits.
    closers.push(() => Promise.race([Promise.all(running), sleep(closeMs, undefined, { ref: false })]));

    const app = createServer({
      intake: new Intake(logs, room),
      room,
      health,
      metrics,
      schedule: new Schedule(config.schedule),
      deletions,
      access: accessOf(config, log),
      tracesTable: config.tracesTable,
      log,
    });
    closers.push(() => app.close());
    const url = await app.listen({ host, port: config.port ?? 4318 }).catch((cause: unknown) => {
      throw new CorrelatorError(
        "HOTSPAN_CORRELATOR_LISTEN_FAILED",
        `cannot listen on ${host}:${config.port ?? 4318}: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    });
    if (config.insecureNoToken === true && !isLoopback(host) && !new Access(config).required)
      log.warn(
        { url },
        "everybody who reaches this address can send data and delete it: no token is asked for",
      );
    log.info({ url, dataDir: config.dataDir }, "the correlator listens");
    let closed: Promise<void> | undefined;
    return {
      url,
      notReady: () => [...health.reasons, ...(room.reason === undefined ? [] : [room.reason])],
      close() {
        closed ??= closeAll();
        return closed;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function accessOf({ token, tokensFile }: CorrelatorConfig, log: Logger): Access {
  return new Access({
    token,
    tokensFile,
    onProblem: (problem) => {
      if (problem === undefined) log.info({ tokensFile }, "tokens are read again");
      else log.error({ err: problem }, "no token of the tokens file passes");
    },
  });
}
