// Rows as the Collector and the correlator write them, from short descriptions.
import type { ClickHouseClient } from "@clickhouse/client";

export const MS = 1_000_000;

export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
  readonly service: string;
  readonly name: string;
  readonly kind?: string;
  /** Unix ns. */
  readonly start: bigint;
  readonly durationMs: number;
  readonly status?: "Unset" | "Ok" | "Error";
  readonly instance?: string;
  readonly thread?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly resource?: Readonly<Record<string, string>>;
}

export interface SampleRow {
  readonly service: string;
  readonly type?: string;
  readonly endpoint?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly at: bigint;
  readonly stack: readonly string[];
  readonly instance: string;
  readonly thread?: number;
  readonly wall: number;
  readonly cpu: number;
}

export interface WindowRow {
  readonly service: string;
  readonly instance: string;
  readonly thread?: number;
  readonly seq: number;
  readonly start: bigint;
  readonly seconds?: number;
  readonly mode?: string;
  readonly periodNano?: number;
  readonly part?: number;
  readonly parts?: number;
  readonly droppedContexts?: number;
  readonly labels?: readonly {
    traceId: string;
    spanId: string;
    user?: Readonly<Record<string, string>>;
    localRootId?: string;
    endpoint?: string;
  }[];
  /** Further columns as they are. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

function dateTime(nano: bigint, digits: 0 | 6 | 9): string {
  const text = new Date(Number(nano / 1_000_000n)).toISOString().slice(0, 19).replace("T", " ");
  const rest = String(nano % 1_000_000_000n)
    .padStart(9, "0")
    .slice(0, digits);
  return digits === 0 ? text : `${text}.${rest}`;
}

export async function insertSpans(client: ClickHouseClient, spans: readonly SpanRow[]): Promise<void> {
  await client.insert({
    table: "otel_traces",
    format: "JSONEachRow",
    values: spans.map((span) => ({
      Timestamp: dateTime(span.start, 9),
      TraceId: span.traceId,
      SpanId: span.spanId,
      ParentSpanId: span.parent ?? "",
      SpanName: span.name,
      SpanKind: span.kind ?? "Internal",
      ServiceName: span.service,
      ResourceAttributes: { "service.name": span.service, ...span.resource },
      SpanAttributes: {
        ...(span.instance === undefined ? {} : { "hotspan.instance": span.instance }),
        ...(span.thread === undefined ? {} : { "thread.id": String(span.thread) }),
        ...span.attributes,
      },
      Duration: String(Math.round(span.durationMs * MS)),
      StatusCode: span.status ?? "Unset",
    })),
  });
}

/** Stacks are written leaf first from `root;child;leaf` order; `name@file:line|package|kind` spells a frame out. */
export function stackHash(service: string, stack: readonly string[]): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from([service, ...stack].join("\0"))) {
    hash ^= BigInt(byte);
    hash = (hash * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash;
}

function frame(text: string): { fn: string; file: string; line: number; pkg: string; kind: string } {
  const [where = "", pkg = "app", kind = "app"] = text.split("|");
  const [fn = "", place = `${fn}.js:1`] = where.split("@");
  const colon = place.lastIndexOf(":");
  return { fn, file: place.slice(0, colon), line: Number(place.slice(colon + 1)), pkg, kind };
}

export async function insertSamples(
  client: ClickHouseClient,
  samples: readonly SampleRow[],
  options: { readonly stacks?: boolean } = {},
): Promise<void> {
  const bucket = (at: bigint): string => dateTime((at / 600_000_000_000n) * 600_000_000_000n, 0);
  const stacks = new Map<string, SampleRow>();
  const traces = new Map<string, Record<string, unknown>>();
  const values = samples.map((sample) => {
    const type = sample.type ?? "wall";
    const hash = stackHash(sample.service, sample.stack);
    stacks.set(`${sample.service} ${hash}`, sample);
    const key = {
      TraceId: sample.traceId ?? "",
      ServiceName: sample.service,
      ProfileType: type,
      Bucket: bucket(sample.at),
      Endpoint: sample.endpoint ?? "",
      Instance: sample.instance,
      Thread: sample.thread ?? 0,
    };
    if (key.TraceId !== "")
      traces.set(JSON.stringify(key), { ...key, Start: dateTime(sample.at, 6), End: dateTime(sample.at, 6) });
    return {
      ...key,
      SpanId: sample.spanId ?? "",
      Timestamp: dateTime(sample.at, 6),
      StackHash: String(hash),
      State: "js",
      Value: String(sample.wall),
      CpuNano: String(sample.cpu),
      Batch: "1",
    };
  });
  if (options.stacks !== false) await insertStacks(client, [...stacks.values()]);
  await client.insert({ table: "profile_samples", format: "JSONEachRow", values });
  if (traces.size > 0)
    await client.insert({ table: "profile_traces", format: "JSONEachRow", values: [...traces.values()] });
}

export async function insertStacks(
  client: ClickHouseClient,
  stacks: readonly { readonly service: string; readonly stack: readonly string[]; readonly at: bigint }[],
): Promise<void> {
  await client.insert({
    table: "profile_stacks",
    format: "JSONEachRow",
    values: stacks.map(({ service, stack, at }) => {
      const frames = stack.map(frame).reverse();
      return {
        ServiceName: service,
        StackHash: String(stackHash(service, stack)),
        Functions: frames.map((one) => one.fn),
        Files: frames.map((one) => one.file),
        Lines: frames.map((one) => one.line),
        Columns: frames.map(() => 1),
        Packages: frames.map((one) => one.pkg),
        Kinds: frames.map((one) => one.kind),
        LastSeen: dateTime(at, 0),
      };
    }),
  });
}

export async function insertEvents(
  client: ClickHouseClient,
  events: readonly {
    readonly service: string;
    readonly instance: string;
    readonly at: bigint;
    readonly kind: string;
    readonly durationMs: number;
  }[],
): Promise<void> {
  await client.insert({
    table: "profile_events",
    format: "JSONEachRow",
    values: events.map((event) => ({
      Instance: event.instance,
      Thread: 0,
      Timestamp: dateTime(event.at, 6),
      ServiceName: event.service,
      Kind: event.kind,
      DurationNano: String(Math.round(event.durationMs * MS)),
    })),
  });
}

export async function insertWindows(client: ClickHouseClient, windows: readonly WindowRow[]): Promise<void> {
  await client.insert({
    table: "profile_windows",
    format: "JSONEachRow",
    values: windows.map((window) => {
      const seconds = window.seconds ?? 10;
      const end = window.start + BigInt(Math.round(seconds * 1000)) * 1_000_000n;
      const labels = window.labels ?? [];
      return {
        Instance: window.instance,
        Thread: window.thread ?? 0,
        Start: dateTime(window.start, 6),
        End: dateTime(end, 6),
        Seq: String(window.seq),
        Part: window.part ?? 1,
        Parts: window.parts ?? 1,
        ProfileId: window.instance,
        ServiceName: window.service,
        StartUnixNano: String(window.start),
        EndUnixNano: String(end),
        PeriodNano: String(window.periodNano ?? 10_101_010),
        ExpectedTicks: Math.round(seconds * 99),
        TakenTicks: Math.round(seconds * 99),
        DroppedContexts: window.droppedContexts ?? 0,
        QuietLoop: true,
        Mode: window.mode ?? "continuous",
        ContextPath: "frame",
        LabelTraceId: labels.map((label) => label.traceId),
        LabelSpanId: labels.map((label) => label.spanId),
        LabelLocalRootId: labels.map((label) => label.localRootId ?? ""),
        LabelEndpoint: labels.map((label) => label.endpoint ?? ""),
        LabelSampled: labels.map(() => true),
        LabelUser: labels.map((label) => label.user ?? {}),
        ReceivedAt: dateTime(end, 6).slice(0, 23),
        ...window.columns,
      };
    }),
  });
}

export async function insertInstances(
  client: ClickHouseClient,
  instances: readonly {
    readonly service: string;
    readonly instance: string;
    readonly seen: bigint;
    readonly version?: string;
    readonly environment?: string;
    readonly zone?: string;
    readonly host?: string;
    readonly pid?: number;
    readonly resource?: Readonly<Record<string, string>>;
    /** Empty: another profiler's. */
    readonly agentVersion?: string;
  }[],
): Promise<void> {
  await client.insert({
    table: "profile_instances",
    format: "JSONEachRow",
    values: instances.map((one) => ({
      ServiceName: one.service,
      Instance: one.instance,
      ServiceVersion: one.version ?? "",
      Environment: one.environment ?? "",
      Zone: one.zone ?? "",
      Host: one.host ?? "",
      Pid: one.pid ?? 0,
      Runtime: "nodejs 24.21.0",
      AgentVersion: one.agentVersion ?? "0.1.0",
      Resource: one.resource ?? {},
      LastSeen: dateTime(one.seen, 0),
    })),
  });
}

export const hex = (text: string, length: number): string =>
  Buffer.from(text).toString("hex").padEnd(length, "0").slice(0, length);
export const traceIdOf = (name: string): string => hex(name, 32);
export const spanIdOf = (name: string): string => hex(name, 16);
