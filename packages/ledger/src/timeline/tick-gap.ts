import { fillBusy, isLow } from "./busy.ts";
import { busySide, type Gap, piece, RUNTIME } from "./gap.ts";
import type { SegmentList } from "./segment.ts";
import { NOBODY } from "./segment.ts";

/**
 * The exact edge of the quiet loop: no tick comes while it sleeps, one when it wakes, 0.1 ms before the first callback. So
 * a wake tick with CPU c says: busy for c behind the tick before, then idle. When most of the gap was CPU, the tick fell into
 * the poll phase itself (callbacks of libuv count as idle for V8: at 9.5k requests/s 78 % of the ticks, with 80 % of the
 * CPU): `runtime`. Without the quiet loop the same holds to within the gap.
 */
export function fillToIdle(list: SegmentList, gap: Gap): void {
  const { start, end, periodNano } = gap;
  const length = end - start;
  const left = busySide(gap.left, gap.leftLow);
  const cpu = Math.min(gap.cpu, length);
  const edge = gap.quiet ? 0 : Math.min(length, periodNano) / 2;
  if (left?.low === true && cpu < 0.5 * length) {
    // The blocked call returned before the next tick was due.
    const blocked = Math.min(length, periodNano) / 2;
    list.to(start + blocked, "blocked", left.owner);
    list.to(end, "idle", NOBODY, blocked);
    return;
  }
  if (length <= 1.5 * periodNano && cpu > 0.5 * length) {
    if (left !== undefined) list.to(start + length / 2, left.kind, left.owner);
    list.to(cpu > 0.8 * length ? end : start + cpu, "runtime", NOBODY, left === undefined ? 0 : length / 2);
  } else if (left === undefined) {
    list.to(start + cpu, cpu > 1.5 * periodNano ? "lost" : "runtime", NOBODY);
  } else {
    list.to(start + (cpu > 1.5 * periodNano ? periodNano : cpu), left.kind, left.owner);
    list.to(start + cpu, "lost", NOBODY, periodNano / 2);
  }
  list.to(end, "idle", NOBODY, edge);
}

/** Without a journal, before a busy tick. */
export function fillToBusy(list: SegmentList, gap: Gap): void {
  const { start, end, cpu, periodNano, left, right } = gap;
  const length = end - start;
  const from = busySide(left, gap.leftLow);
  const to = busySide(right, gap.rightLow) ?? RUNTIME;
  const share = cpu / length;
  const far = length > 2.5 * periodNano;
  if (share >= 0.5) {
    // Behind a waking all was work; behind a tick of the poll phase half of it was the runtime's.
    const before = from ?? (gap.woke || far ? undefined : RUNTIME);
    fillBusy(list, piece(gap, { left: before, right: to, cpu: length }));
    return;
  }
  const low = isLow(length, cpu, periodNano);
  const same =
    from !== undefined && from.owner.label === to.owner.label && from.owner.stack === to.owner.stack;
  const blocked = gap.leftLow || gap.rightLow || (same && low);
  if (blocked || (far && share < 0.2)) {
    fillBusy(list, piece(gap, { left: from, right: to, sure: far }));
    return;
  }
  if (far) {
    const half = periodNano / 2;
    if (from !== undefined) list.to(start + half, from.kind, from.owner);
    list.to(end - half, "lost", NOBODY, half);
    list.to(end, to.kind, to.owner, half);
    return;
  }
  // A sleep shorter than a period leaves no tick.
  const mine = from === undefined ? 0 : cpu / 2;
  if (from !== undefined) list.to(start + mine, from.kind, from.owner);
  list.to(end - (cpu - mine), "idle", NOBODY, cpu / 2);
  list.to(end, to.kind, to.owner, cpu / 2);
}
