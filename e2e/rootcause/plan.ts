// Which causes run together, how long, and what is asked of each.
import { type Cause, CAUSES, optionalServices, requests, truths as shopTruths } from "@hotspan/example-shop";
import type { AppName, AppRun } from "./apps.ts";
import type { Expected } from "./expected.ts";
import { libraryTruths } from "./library.ts";
import { rateOf } from "./load.ts";
import { behind, spansNeeded } from "./question.ts";

export interface Plan {
  readonly run: AppRun;
  readonly expected: readonly Expected[];
  /** The same without the causes, to compare with a time before; absent where no question needs it. */
  readonly before?: AppRun;
}

const MOST_SECONDS = 300;
const BEFORE_SECONDS = 60;

export function truthsOf(app: AppName): readonly Expected[] {
  return app === "shop" ? shopTruths : libraryTruths;
}

export interface Causes {
  readonly app: AppName;
  readonly causes: readonly string[];
}

const causesOf = (app: AppName): readonly string[] => [...new Set(truthsOf(app).map(({ cause }) => cause))];

export function eachAlone(app: AppName): readonly Causes[] {
  return causesOf(app).map((cause) => ({ app, causes: [cause] }));
}

/** All that docs/root-cause-results.md tells of: each cause alone, pairs of the shop's, and all of the library's at once. */
export function allRuns(seed: number): readonly Causes[] {
  return [
    ...eachAlone("shop"),
    ...pairs(seed, 12).map((causes) => ({ app: "shop" as const, causes })),
    ...eachAlone("library"),
    { app: "library", causes: causesOf("library") },
  ];
}

/** `seconds` undefined: as long as the questions need. */
export function planOf(
  app: AppName,
  causes: readonly string[],
  {
    seed,
    seconds,
    rate = rateOf(app, causes, seed),
  }: { seed: number; seconds?: number | undefined; rate?: number | undefined },
): Plan {
  const direct = truthsOf(app).filter(({ cause }) => causes.includes(cause));
  // At the library the child of a stampede is as slow as ever, and the pages are asked about by version.
  const expected = app === "library" ? direct : direct.flatMap((one) => [one, behind(one) ?? []].flat());
  const run: AppRun = { app, causes, focus: causes, seconds: 0, rate, seed };
  if (app === "library") return { run: { ...run, seconds: seconds ?? 100 }, expected };
  const needed = seconds ?? shopSeconds(direct, new Set(causes as Cause[]), run);
  const planned = { ...run, seconds: needed };
  if (expected.every(({ share }) => share !== 1)) return { run: planned, expected };
  const services = optionalServices(new Set(causes as Cause[]));
  const others = causes.filter((cause) => expected.find((one) => one.cause === cause)?.share !== 1);
  return {
    run: planned,
    expected,
    before: { ...run, causes: others, services, seconds: Math.min(needed, BEFORE_SECONDS) },
  };
}

/** The requests are seeded, so it is known when the last one comes that the questions need. */
function shopSeconds(
  expected: readonly Expected[],
  causes: ReadonlySet<Cause>,
  { rate, seed }: AppRun,
): number {
  // Spans of checkout and others bear the names of the requests; only tax is asked by another one.
  const left = new Map(
    expected.map((one) => [one.service === "tax" ? "POST /orders" : one.endpoint, spansNeeded(one)]),
  );
  let sent = 0;
  const meet = (endpoint: string): void => {
    const needed = left.get(endpoint);
    if (needed !== undefined) left.set(endpoint, needed - 1);
  };
  for (const request of requests(seed, causes, causes)) {
    sent++;
    meet(request.endpoint);
    for (const { request: next } of request.followedBy ?? []) meet(next.endpoint);
    if ([...left.values()].every((needed) => needed <= 0)) break;
  }
  return Math.min(MOST_SECONDS, Math.ceil(sent / rate) + 5);
}

/**
 * Two causes at once that meet: in one service, or one of them where it is alone. `seed` decides which; each cause is in
 * about as many pairs as any other.
 */
export function pairs(seed: number, count: number): readonly (readonly [Cause, Cause])[] {
  const serviceOf = new Map(shopTruths.map(({ cause, service }) => [cause, service]));
  const alone = (cause: Cause): boolean =>
    [...serviceOf.values()].filter((service) => service === serviceOf.get(cause)).length === 1;
  const left = CAUSES.flatMap((a, i) => CAUSES.slice(i + 1).map((b) => [a, b] as const)).filter(
    ([a, b]) => serviceOf.get(a) === serviceOf.get(b) || alone(a) || alone(b),
  );
  const used = new Map<Cause, number>();
  const uses = ([a, b]: readonly [Cause, Cause]): number => (used.get(a) ?? 0) + (used.get(b) ?? 0);
  const out: (readonly [Cause, Cause])[] = [];
  let state = seed;
  while (out.length < count && left.length > 0) {
    const least = Math.min(...left.map(uses));
    const fewest = left.filter((pair) => uses(pair) === least);
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const pair = fewest[Math.floor((state / 2 ** 32) * fewest.length)]!;
    left.splice(left.indexOf(pair), 1);
    for (const cause of pair) used.set(cause, (used.get(cause) ?? 0) + 1);
    out.push(pair);
  }
  return out;
}
