import type { LoadName, Round } from "./rounds.ts";
import { SETUPS } from "./setups.ts";
import { type Estimate, estimate, median } from "./statistics.ts";

/** What one setup adds to a service. All estimates: mean of paired rounds and its 95 % interval. */
export interface Cell {
  readonly node: string;
  readonly load: LoadName;
  readonly setup: string;
  readonly rounds: number;
  /** Of the service without the profiler: per request, idle per second. */
  readonly cpuMicros: number;
  /** More than that. */
  readonly extraMicros: Estimate;
  /** As a share of it; meaningless where it is next to nothing (idle). */
  readonly extraShare: Estimate | undefined;
  readonly extraP50Millis: Estimate | undefined;
  readonly extraP99Millis: Estimate | undefined;
  readonly extraMegabytes: number;
  /** Of these, what is not V8's heap. */
  readonly extraOutsideHeap: number;
  /** Event loop utilisation, with the profiler less without. */
  readonly utilizationError: Estimate;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

function tidy({ value, low, high }: Estimate): Estimate {
  return { value: rounded(value), low: rounded(low), high: rounded(high) };
}

const outside = ({ rssMegabytes, heapMegabytes }: Round): number => rssMegabytes - heapMegabytes;

const unit = ({ requests, millis, cpuMicros }: Round): number => cpuMicros / (requests || millis / 1000);

export function cellsOf(rounds: readonly Round[]): Cell[] {
  const cells: Cell[] = [];
  for (const load of ["idle", "light", "heavy"] as const)
    for (const node of [...new Set(rounds.map((round) => round.node))].toSorted())
      for (const { name, against } of SETUPS) {
        if (against === undefined) continue;
        const of = rounds.filter((round) => round.load === load && round.node === node);
        const groups = pairs(of, name, against);
        if (groups.length > 0) cells.push(cellOf(load, node, name, groups));
      }
  return cells;
}

type Pair = readonly [on: Round, off: Round];

/** One list for each pair of processes. */
function pairs(rounds: readonly Round[], on: string, off: string): Pair[][] {
  const groups = new Map<number, Pair[]>();
  for (const one of rounds) {
    if (one.setup !== on) continue;
    const other = rounds.find(
      ({ setup, generation, round }) => setup === off && generation === one.generation && round === one.round,
    );
    if (other === undefined) continue;
    const group = groups.get(one.generation);
    if (group === undefined) groups.set(one.generation, [[one, other]]);
    else group.push([one, other]);
  }
  return [...groups.values()];
}

function cellOf(load: LoadName, node: string, setup: string, groups: readonly Pair[][]): Cell {
  const over = (of: (on: Round, off: Round) => number): Estimate =>
    tidy(estimate(groups.map((group) => group.map(([on, off]) => of(on, off)))));
  const all = groups.flat();
  const share = over((on, off) => Math.log(unit(on) / unit(off)));
  const loaded = load !== "idle";
  return {
    node,
    load,
    setup,
    rounds: all.length,
    cpuMicros: rounded(median(all.map(([, off]) => unit(off)))),
    extraMicros: over((on, off) => unit(on) - unit(off)),
    extraShare: loaded
      ? tidy({ value: Math.expm1(share.value), low: Math.expm1(share.low), high: Math.expm1(share.high) })
      : undefined,
    extraP50Millis: loaded ? over((on, off) => on.p50 - off.p50) : undefined,
    extraP99Millis: loaded ? over((on, off) => on.p99 - off.p99) : undefined,
    extraMegabytes: rounded(median(all.map(([on, off]) => on.rssMegabytes - off.rssMegabytes))),
    extraOutsideHeap: rounded(median(all.map(([on, off]) => outside(on) - outside(off)))),
    utilizationError: over((on, off) => on.utilization - off.utilization),
  };
}

/** The same as Markdown. */
export function tableOf(cells: readonly Cell[]): string {
  const lines = [
    "| load | Node | with | CPU without, µs | more CPU, µs | more CPU, % | p50, ms | p99, ms | RSS, MB | without V8's heap, MB | utilisation error |",
    "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
  ];
  for (const cell of cells) {
    const { load, node, setup, cpuMicros, extraMicros, extraShare } = cell;
    const row = [
      load,
      node,
      setup,
      cpuMicros.toFixed(0),
      range(extraMicros, 1),
      extraShare === undefined ? "–" : range(percent(extraShare), 1),
      cell.extraP50Millis === undefined ? "–" : range(cell.extraP50Millis, 2),
      cell.extraP99Millis === undefined ? "–" : range(cell.extraP99Millis, 2),
      signed(cell.extraMegabytes, 1),
      signed(cell.extraOutsideHeap, 1),
      cell.utilizationError.value.toFixed(3),
    ];
    lines.push(`| ${row.join(" | ")} |`);
  }
  return lines.join("\n");
}

const percent = ({ value, low, high }: Estimate): Estimate => ({
  value: value * 100,
  low: low * 100,
  high: high * 100,
});

const signed = (value: number, digits: number): string =>
  `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

const range = ({ value, low, high }: Estimate, digits: number): string =>
  `${signed(value, digits)} (${signed(low, digits)} to ${signed(high, digits)})`;

export interface Target {
  readonly what: string;
  readonly limit: number;
  readonly measured: number;
  readonly met: boolean;
}

/** What the agent is held to, as far as the cells tell. */
export function targetsOf(cells: readonly Cell[]): Target[] {
  const targets: Target[] = [];
  const add = (what: string, limit: number, measured: number | undefined): void => {
    if (measured !== undefined && Number.isFinite(measured))
      targets.push({ what, limit: rounded(limit), measured: rounded(measured), met: measured <= limit });
  };
  const peers = SETUPS.filter(({ peer, against }) => peer && against !== undefined).map(({ name }) => name);
  for (const cell of cells.filter(({ setup }) => setup === "labelled")) {
    const { load, node, extraMicros } = cell;
    const where = `${load}, Node ${node}`;
    const same = (setup: string): Cell | undefined =>
      cells.find((other) => other.load === load && other.node === node && other.setup === setup);
    const best = Math.min(...peers.map((name) => same(name)?.extraMicros.value ?? Infinity));
    if (load === "heavy") {
      add(`${where}: upper end of more CPU, share`, 0.03, cell.extraShare?.high);
      if (best < Infinity) add(`${where}: more CPU, over the best peer's`, 0.5, extraMicros.value / best);
    }
    if (load === "idle") {
      const bare = same("unlabelled")?.extraMicros.value;
      add(
        `${where}: more CPU, over the bare sampler's`,
        0.75,
        bare === undefined ? undefined : extraMicros.value / bare,
      );
      if (best < Infinity) add(`${where}: more CPU, over the best peer's`, 0.6, extraMicros.value / best);
      add(`${where}: utilisation error`, 0.02, Math.abs(cell.utilizationError.value));
    }
    add(`${where}: more memory, MB`, 30, cell.extraMegabytes);
  }
  return targets;
}
