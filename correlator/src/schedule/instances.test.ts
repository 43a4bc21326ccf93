import { expect, test } from "vitest";
import { type Caller, Instances } from "./instances.ts";

const LEASE = 600_000;
const caller = (n: number, over: Partial<Caller> = {}): Caller => ({
  service: "shop",
  version: "1",
  instance: n.toString(16).padStart(32, "0"),
  mode: "amortised",
  ...over,
});
const fleet = (count: number): Caller[] => Array.from({ length: count }, (_, n) => caller(n));
const rotation = (over: Partial<ConstructorParameters<typeof Instances>[0]> = {}): Instances =>
  new Instances({ leaseMs: LEASE, share: 0, expiryMs: 60_000, ...over });
/** Everybody asks twice: at first not all are known. */
function collecting(instances: Instances, callers: readonly Caller[], now: number): string[] {
  for (const one of callers) instances.heard(one, now);
  return callers
    .filter(({ instance }) => instances.turn(instance, now).collect)
    .map(({ instance }) => instance);
}

test("of N replicas exactly one collects, in turn, each its share of the time", () => {
  const instances = rotation();
  const callers = fleet(10);
  const turns = new Map<string, number>();
  const slots = 2000;
  for (let slot = 0; slot < slots; slot++) {
    const found = collecting(instances, callers, slot * LEASE + 5);
    expect(found).toHaveLength(1);
    for (const one of found) turns.set(one, (turns.get(one) ?? 0) + 1);
  }
  // 200 each, give or take 4 standard deviations of 13.4.
  for (const { instance } of callers)
    expect(Math.abs((turns.get(instance) ?? 0) - slots / 10)).toBeLessThan(54);
});

test("a share is rounded up", () => {
  expect(collecting(rotation({ share: 0.25 }), fleet(10), 0)).toHaveLength(3);
  expect(collecting(rotation({ share: 1 }), fleet(4), 0)).toHaveLength(4);
  expect(collecting(rotation({ share: 0 }), fleet(1), 0)).toHaveLength(1);
});

test("correlators that know the same instances agree without talking to each other", () => {
  const callers = fleet(20);
  const one = rotation();
  const other = rotation();
  for (let slot = 0; slot < 50; slot++)
    expect(collecting(one, callers, slot * LEASE)).toEqual(
      // In another order, at another time of the slot.
      collecting(other, callers.toReversed(), slot * LEASE + 90_000).toReversed(),
    );
});

test("one that does not know every instance disagrees only where those it lacks would have collected", () => {
  const callers = fleet(10);
  const known = callers.slice(0, 9);
  const all = rotation();
  const most = rotation();
  let differ = 0;
  for (let slot = 0; slot < 300; slot++) {
    const [first] = collecting(all, callers, slot * LEASE);
    const [second] = collecting(most, known, slot * LEASE);
    if (first !== second) {
      differ++;
      expect(first).toBe(callers[9]?.instance);
    }
  }
  expect(differ).toBeGreaterThan(0);
});

test("a lease that was granted holds to its end, whoever joins; the answer says when that is", () => {
  const instances = rotation();
  for (let slot = 0; slot < 40; slot++) {
    const now = slot * LEASE + 1;
    const [holder] = collecting(instances, fleet(2), now);
    expect(collecting(instances, fleet(30), now + 1000)).toEqual([holder]);
    expect(instances.turn(holder ?? "", now)).toEqual({ collect: true, untilMs: (slot + 1) * LEASE });
  }
});

test("one that falls silent gives its lease to the next", () => {
  const instances = rotation();
  const callers = fleet(5);
  const [holder] = collecting(instances, callers, 0);
  const rest = callers.filter(({ instance }) => instance !== holder);
  expect(collecting(instances, rest, 30_000)).toEqual([]);
  expect(collecting(instances, rest, 61_000)).toHaveLength(1);
});

test("versions and modes have rotations of their own", () => {
  const instances = rotation();
  const callers = [caller(1), caller(2), caller(3, { version: "2" }), caller(4, { mode: "on-demand" })];
  const found = collecting(instances, callers, 0);
  expect(found).toHaveLength(2);
  expect(found).toContain(callers[2]?.instance);
  expect(instances.matching({ service: "shop", version: "1" }, 0)).toHaveLength(3);
  expect(instances.services(0, 10)).toEqual(["shop"]);
});

test("memory is bounded: the longest silence makes room", () => {
  const instances = rotation({ maxInstances: 100 });
  for (let n = 0; n < 1000; n++) instances.heard(caller(n, { service: `s${n}` }), n);
  expect(instances.size).toBe(100);
  expect(instances.services(1000, 1000)).toHaveLength(100);
  instances.heard(caller(1), 100_000);
  expect(instances.size).toBe(1);
});
