import { hash } from "node:crypto";

/** What an agent says of itself when it asks. */
export interface Caller {
  readonly service: string;
  /** Empty if it has none. */
  readonly version: string;
  /** 32 hex digits. */
  readonly instance: string;
  readonly mode: AgentMode;
}

export type AgentMode = "continuous" | "amortised" | "on-demand";

export interface Instance extends Caller {
  /** Unix milliseconds. */
  readonly heardAt: number;
}

interface Entry {
  caller: Caller;
  heardAt: number;
  slot: number;
  score: string;
}

/** The amortised instances of one service and version: they share the work among themselves. */
interface Group {
  readonly members: Map<string, Entry>;
  slot: number;
  readonly granted: Set<string>;
}

export interface RotationOptions {
  readonly leaseMs: number;
  /** Part of the replicas that collect at any time, 0 to 1; at least one does. */
  readonly share: number;
  /** After this silence an instance is no longer counted. */
  readonly expiryMs: number;
  readonly maxInstances?: number;
}

export interface Turn {
  readonly collect: boolean;
  readonly untilMs: number;
}

/**
 * The instances that asked of late, and whose turn it is. Time is cut into slots of a lease's length; in each slot the
 * instances with the highest hash of (slot, instance) collect. Why so: docs/adr/0010-schedule.md. Bounded: the instance that
 * was silent longest makes room.
 */
export class Instances {
  readonly #options: Required<RotationOptions>;
  /** In the order in which they were heard, the longest silence first. */
  readonly #all = new Map<string, Entry>();
  readonly #groups = new Map<string, Group>();

  constructor(options: RotationOptions) {
    this.#options = { maxInstances: 20_000, ...options };
  }

  get size(): number {
    return this.#all.size;
  }

  heard(caller: Caller, nowMs: number): void {
    const known = this.#all.get(caller.instance);
    const entry = known ?? { caller, heardAt: nowMs, slot: -1, score: "" };
    // A process may give a better version of itself once its resource is known.
    if (known !== undefined && groupOf(known.caller) !== groupOf(caller)) this.#leave(known);
    entry.caller = caller;
    entry.heardAt = nowMs;
    this.#all.delete(caller.instance);
    this.#all.set(caller.instance, entry);
    if (caller.mode === "amortised") this.#join(entry);
    this.#expire(nowMs);
  }

  /** Whether an amortised instance that has just been heard collects in the slot of `nowMs`. */
  turn(instance: string, nowMs: number): Turn {
    const { leaseMs, share } = this.#options;
    const slot = Math.floor(nowMs / leaseMs);
    const untilMs = (slot + 1) * leaseMs;
    const caller = this.#all.get(instance)?.caller;
    const group = caller === undefined ? undefined : this.#groups.get(groupOf(caller));
    const entry = group?.members.get(instance);
    if (group === undefined || entry === undefined) return { collect: false, untilMs };
    if (group.slot !== slot) {
      group.slot = slot;
      group.granted.clear();
    }
    // What was granted holds to the end of the slot, whoever joins: each start of a sampler stalls a process.
    const wanted = Math.max(1, Math.ceil(group.members.size * share));
    let free = wanted - group.granted.size;
    if (group.granted.has(instance)) return { collect: true, untilMs };
    const own = scoreOf(entry, slot);
    for (const other of group.members.values()) {
      if (free <= 0) break;
      if (other !== entry && !group.granted.has(other.caller.instance) && scoreOf(other, slot) > own) free--;
    }
    if (free > 0) group.granted.add(instance);
    return { collect: free > 0, untilMs };
  }

  /** Those heard of late that fit; an empty or absent field fits all. */
  matching(wanted: InstanceFilter, nowMs: number): Instance[] {
    this.#expire(nowMs);
    const found: Instance[] = [];
    for (const { caller, heardAt } of this.#all.values())
      if (matches(caller, wanted)) found.push({ ...caller, heardAt });
    return found;
  }

  /** Names of the services heard of late, at most `limit`, in order. */
  services(nowMs: number, limit: number): string[] {
    this.#expire(nowMs);
    const names = new Set<string>();
    for (const { caller } of this.#all.values()) names.add(caller.service);
    return [...names].toSorted().slice(0, limit);
  }

  #join(entry: Entry): void {
    const key = groupOf(entry.caller);
    let group = this.#groups.get(key);
    if (group === undefined)
      this.#groups.set(key, (group = { members: new Map(), slot: -1, granted: new Set() }));
    group.members.set(entry.caller.instance, entry);
  }

  #leave({ caller }: Entry): void {
    const key = groupOf(caller);
    const group = this.#groups.get(key);
    group?.members.delete(caller.instance);
    group?.granted.delete(caller.instance);
    if (group?.members.size === 0) this.#groups.delete(key);
  }

  #expire(nowMs: number): void {
    const { expiryMs, maxInstances } = this.#options;
    for (const [instance, entry] of this.#all) {
      if (nowMs - entry.heardAt <= expiryMs && this.#all.size <= maxInstances) break;
      this.#all.delete(instance);
      this.#leave(entry);
    }
  }
}

export interface InstanceFilter {
  readonly service: string;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
}

export function matches(caller: Caller, { service, version, instance }: InstanceFilter): boolean {
  return (
    caller.service === service &&
    (version === undefined || caller.version === version) &&
    (instance === undefined || caller.instance === instance)
  );
}

function groupOf({ service, version, mode }: Caller): string {
  return JSON.stringify([mode, service, version]);
}

function scoreOf(entry: Entry, slot: number): string {
  if (entry.slot !== slot) {
    entry.slot = slot;
    entry.score = hash("sha256", `${slot}/${entry.caller.instance}`);
  }
  return entry.score;
}
