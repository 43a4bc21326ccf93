// Copies of the base inside ClickHouse: other times, instances, traces and spans, the same in every table, so that the ledger
// of a copied span is that of the original.
import { SERVICES } from "./loop.ts";

/** Of a day, ten minutes each. */
const SLOTS = 144;
/** Each has its own instances: 24 times the shop's ten are 240. */
const GROUPS = 24;
/** Groups deployed one after the other, as one version. */
const GROUPS_PER_VERSION = 3;

export interface Copy {
  /** Which ten minutes, from the first day's beginning on. */
  readonly slot: number;
  readonly group: number;
  /** Counts the slots its instances have lived. */
  readonly age: number;
}

/** By time: as many copies each day, of groups of its own. */
export function plan(copies: number, days: number): Copy[] {
  return Array.from({ length: days }, (_, day) =>
    planDay(Math.ceil(copies / days)).map(({ slot, group, age }) => ({
      slot: slot + day * SLOTS,
      group: group + day * GROUPS,
      age,
    })),
  ).flat();
}

export const dayOf = ({ slot }: Copy): number => Math.floor(slot / SLOTS);

/** Groups begin over the day, as by rolling deploys, and each lives for a stretch of it. */
function planDay(copies: number): Copy[] {
  const groups = Math.min(GROUPS, copies);
  const lives = Math.ceil(copies / groups);
  if (lives > SLOTS) throw new RangeError(`${copies} copies do not fit a day`);
  return Array.from({ length: copies }, (_, i): Copy => {
    const group = i % groups;
    const age = Math.floor(i / groups);
    const first = groups === 1 ? 0 : Math.floor((group * (SLOTS - lives)) / (groups - 1));
    return { slot: first + age, group, age };
  }).sort((a, b) => a.slot - b.slot || a.group - b.group);
}

export const versionOf = ({ group }: Copy): string => `1.${Math.floor(group / GROUPS_PER_VERSION)}.0`;
/** Lines move with a deploy, so stacks do. */
const stacksOf = ({ group }: Copy): string => {
  const seed = BigInt(Math.floor(group / GROUPS_PER_VERSION)) * 0x9e3779b97f4a7c15n;
  return String(seed & 0xffffffffffffffffn);
};

interface Expressions {
  readonly seconds: number;
  readonly trace: (column: string) => string;
  readonly span: (column: string) => string;
  readonly instance: (column: string) => string;
  readonly stack: (column: string) => string;
}

function expressions(copy: Copy): Expressions {
  const key = copy.group * 10_000 + copy.slot;
  // Another of its siblings' loads each ten minutes: else each window of a thread came again, and compressed well, soon after.
  const siblings = SERVICES.map(({ name, threads }) => {
    const prefix = Buffer.from(name).toString("hex").padEnd(30, "0").slice(0, 30);
    return [prefix, threads] as const;
  });
  const count = (column: string): string =>
    `multiIf(${siblings.map(([prefix, threads]) => `startsWith(${column}, '${prefix}'), ${threads}`).join(", ")}, 1)`;
  const step = copy.age * 3;
  const instance = (column: string): string =>
    `lower(hex(sipHash128(substring(${column}, 1, 30), (toUInt32OrZero(substring(${column}, 31, 2)) + ${step}) % ${count(column)}, ${copy.group})))`;
  return {
    seconds: copy.slot * 600,
    trace: (column) => `if(${column} = '', '', lower(hex(sipHash128(${column}, ${key}))))`,
    span: (column) => `if(${column} = '', '', substring(lower(hex(sipHash128(${column}, ${key}))), 1, 16))`,
    instance,
    stack: (column) => `bitXor(${column}, toUInt64(${stacksOf(copy)}))`,
  };
}

/** What changes of each column of a table in a copy; others stay. */
type Changes = (e: Expressions, copy: Copy) => Readonly<Record<string, string>>;

const nano = ({ seconds }: Expressions, column: string): string =>
  `${column} + toUInt64(${seconds}) * 1000000000`;
const later = ({ seconds }: Expressions, column: string): string =>
  `${column} + toIntervalSecond(${seconds})`;
const resource = (e: Expressions, copy: Copy, map: string, instance: string): string =>
  `mapUpdate(${map}, map('service.version', '${versionOf(copy)}', 'host.name', concat('host-', substring(${e.instance(instance)}, 1, 8))))`;

export const CHANGES: Readonly<Record<string, Changes>> = {
  profile_stacks: (e) => ({ StackHash: e.stack("StackHash"), LastSeen: later(e, "LastSeen") }),
  profile_instances: (e, copy) => ({
    Instance: e.instance("Instance"),
    ServiceVersion: `'${versionOf(copy)}'`,
    Host: `concat('host-', substring(${e.instance("Instance")}, 1, 8))`,
    Resource: resource(e, copy, "Resource", "Instance"),
    LastSeen: later(e, "LastSeen"),
  }),
  profile_traces: (e) => ({
    TraceId: e.trace("TraceId"),
    Bucket: later(e, "Bucket"),
    Instance: e.instance("Instance"),
    Start: later(e, "Start"),
    End: later(e, "End"),
  }),
  profile_samples: (e) => ({
    Bucket: later(e, "Bucket"),
    TraceId: e.trace("TraceId"),
    SpanId: e.span("SpanId"),
    Timestamp: later(e, "Timestamp"),
    StackHash: e.stack("StackHash"),
    Instance: e.instance("Instance"),
    Batch: `Batch + ${e.seconds}`,
  }),
  profile_events: (e) => ({
    Instance: e.instance("Instance"),
    Timestamp: later(e, "Timestamp"),
    Batch: `Batch + ${e.seconds}`,
  }),
  otel_traces: (e, copy) => ({
    Timestamp: later(e, "Timestamp"),
    TraceId: e.trace("TraceId"),
    SpanId: e.span("SpanId"),
    ParentSpanId: e.span("ParentSpanId"),
    ResourceAttributes: resource(e, copy, "ResourceAttributes", "SpanAttributes['hotspan.instance']"),
    SpanAttributes: `mapUpdate(SpanAttributes, map('hotspan.instance', ${e.instance("SpanAttributes['hotspan.instance']")}))`,
  }),
  profile_windows: (e, copy) => ({
    Instance: e.instance("Instance"),
    Start: later(e, "Start"),
    End: later(e, "End"),
    Seq: `Seq + ${copy.age * 60}`,
    ProfileId: e.trace("ProfileId"),
    ServiceVersion: `'${versionOf(copy)}'`,
    StartMonotonicNano: nano(e, "StartMonotonicNano"),
    EndMonotonicNano: nano(e, "EndMonotonicNano"),
    StartUnixNano: nano(e, "StartUnixNano"),
    EndUnixNano: nano(e, "EndUnixNano"),
    LabelTraceId: `arrayMap(x -> ${e.trace("x")}, LabelTraceId)`,
    LabelSpanId: `arrayMap(x -> ${e.span("x")}, LabelSpanId)`,
    LabelLocalRootId: `arrayMap(x -> ${e.span("x")}, LabelLocalRootId)`,
    StackHashes: `arrayMap(x -> ${e.stack("x")}, StackHashes)`,
    Batch: `Batch + ${e.seconds}`,
    ReceivedAt: later(e, "ReceivedAt"),
  }),
};

/** One INSERT for several copies of a table. */
export function insertCopies(
  table: string,
  columns: readonly string[],
  base: string,
  copies: readonly Copy[],
): string {
  const change = CHANGES[table];
  if (change === undefined) throw new RangeError(`No copies of ${table}`);
  const quoted = columns.map((column) => `\`${column}\``);
  const selects = copies.map((copy) => {
    const changes = change(expressions(copy), copy);
    const values = columns.map((column) =>
      changes[column] === undefined ? `\`${column}\`` : changes[column],
    );
    return `SELECT ${values.join(", ")} FROM ${base}.${table}`;
  });
  return `INSERT INTO ${table} (${quoted.join(", ")}) ${selects.join(" UNION ALL ")}`;
}
