/** Planted causes are found, and nothing is found where nothing is planted. HOTSPAN_NIGHTLY=1 runs all of it. */
import { expect, test, vi } from "vitest";
import type { Contribution, RootCauseAnswer } from "./result.ts";
import { rootCause } from "./root-cause.ts";
import { type Plant, shuffled, simulate } from "./testing/simulate.ts";
import type { SpanVector } from "./vector.ts";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";
vi.setConfig({ testTimeout: nightly ? 600_000 : 30_000 });

function answerOf(slow: readonly SpanVector[], baseline: readonly SpanVector[], seed = 1): RootCauseAnswer {
  const result = rootCause({ slow, baseline, options: { seed } });
  if (!result.comparable) throw new Error(result.detail);
  return result.answer;
}

function names(one: Contribution | undefined, plant: Plant): boolean {
  if (one === undefined || !one.significant) return false;
  switch (plant.kind) {
    case "class":
      return one.level === "class" && one.class === (plant.class ?? "gc");
    case "function":
      return one.level === "function" && one.function === plant.name;
    case "endpoint":
      return one.level === "blame" && one.endpoint === `POST /${plant.name}`;
    case "child":
      return one.level === "child" && one.child === plant.name;
  }
}

const kinds = ["class", "function", "endpoint", "child"] as const;

/** Every kind alone, and every pair of kinds. */
const plans: readonly (readonly Plant[])[] = kinds.flatMap((kind) => [
  [{ kind, ms: 1, name: "first" }],
  ...kinds
    .filter((other) => kind !== "class" || other !== "class")
    .map((other): Plant[] => [
      { kind, ms: 1, name: "first" },
      { kind: other, ms: 0.7, name: "second" },
    ]),
]);

const label = (plan: readonly Plant[]): string => plan.map((plant) => plant.kind).join(" and ");

function expectFound(answer: RootCauseAnswer, plan: readonly Plant[]): void {
  const top = answer.contributions.slice(0, plan.length);
  expect(
    plan.map((plant) => top.some((one) => names(one, plant))),
    answer.sentence,
  ).toEqual(plan.map(() => true));
  if (plan.length === 1) expect(names(top[0], plan[0]!)).toBe(true);
}

test.each(plans.map((plan) => [label(plan), plan] as const))(
  "planted between two sets of spans: %s",
  (_, plan) => {
    for (const [spans, ms] of nightly
      ? ([
          [40, 60],
          [100, 40],
          [200, 30],
        ] as const)
      : ([[60, 50]] as const)) {
      for (const spread of nightly ? [0.6, 1.2] : [0.6]) {
        for (const stacks of nightly ? [false, true] : [true]) {
          for (let seed = 1; seed <= (nightly ? 8 : 1); seed++) {
            const plants = plan.map((plant) => ({ ...plant, ms: plant.ms * ms }));
            expectFound(
              answerOf(
                simulate({ seed: 100 + seed, spans, spread, stacks, plants }),
                simulate({ seed: 900 + seed, spans, spread, stacks }),
              ),
              plan,
            );
          }
        }
      }
    }
  },
);

test("planted in 5 % of requests, p95 against p25–p75: found among all that grows with duration", () => {
  for (const plan of nightly ? plans : plans.filter((_, i) => i % 5 === 1)) {
    const plants = plan.map((plant) => ({ ...plant, ms: plant.ms * 300 }));
    const all = [
      ...simulate({ seed: 21, spans: 120, stacks: true, plants }),
      ...simulate({ seed: 22, spans: 1880, stacks: true }),
    ].sort((a, b) => a.durationNano - b.durationNano);
    const answer = answerOf(
      all.slice(1900),
      all.slice(500, 1500).filter((__, i) => i % 10 === 0),
    );
    expectFound(answer, plan);
  }
});

test("a small steady cost is found in a class that varies a hundred times as much", () => {
  const plants: Plant[] = [{ kind: "function", ms: 2, steady: true, name: "tax" }];
  const answer = answerOf(
    simulate({ seed: 31, spans: 200, spread: 1.2, plants }),
    simulate({ seed: 32, spans: 200, spread: 1.2 }),
  );
  expect(answer.contributions[0]).toMatchObject({ function: "tax", significant: true });
  expect(answer.contributions[0]!.deltaNano).toBe(2e6);
});

test("the worked example of the documentation", () => {
  const plants: Plant[] = [
    { kind: "function", ms: 300, name: "parseCart" },
    { kind: "endpoint", ms: 150, name: "export", share: 0.8 },
    { kind: "class", ms: 60 },
  ];
  const all = [
    ...simulate({ seed: 41, spans: 200, stacks: true, plants }),
    ...simulate({ seed: 42, spans: 3800, stacks: true }),
  ].sort((a, b) => a.durationNano - b.durationNano);
  const answer = answerOf(
    all.slice(3800),
    all.slice(1000, 3000).filter((_, i) => i % 10 === 0),
  );
  expect(answer.sentence).toBe(
    "p95 is 463 ms over the median: 273 ms parseCart, 122 ms the loop was held by POST /export, 58 ms GC.",
  );
  expect(
    answer.contributions.slice(0, 4).map((one) => [one.class, Math.round(one.deltaNano / 1e5) / 10, one.p]),
  ).toEqual([
    ["cpu.self", 272.8, 0.001],
    ["loop.held", 122.4, 0.001],
    ["gc", 57.7, 0.001],
    ["wait.child", 11.7, 0.278],
  ]);
  expect(Math.round(answer.explainedNano / 1e5) / 10).toBe(453);
});

/** Upper end of Clopper and Pearson's one-sided 95 % interval. */
function upperLimit(found: number, runs: number): number {
  let low = found / runs;
  let high = 1;
  for (let step = 0; step < 50; step++) {
    const rate = (low + high) / 2;
    let term = (1 - rate) ** runs;
    let atMost = term;
    for (let k = 1; k <= found; k++) {
      term *= ((runs - k + 1) / k) * (rate / (1 - rate));
      atMost += term;
    }
    if (atMost > 0.05) low = rate;
    else high = rate;
  }
  return high;
}

const nulls = [
  { title: "100 against 100", slow: 100, baseline: 100, spread: 0.6 },
  { title: "25 against 150", slow: 25, baseline: 150, spread: 0.6 },
  { title: "20 against 20, heavy tails", slow: 20, baseline: 20, spread: 1.2 },
] as const;

test.each(nulls)("random halves: $title", ({ slow, baseline, spread }) => {
  const runs = nightly ? 1000 : 30;
  let contributions = 0;
  let attributes = 0;
  for (let run = 0; run < runs; run++) {
    const seed = 10_000 + run;
    // Rare costs as in real services: half of the differences between halves come from them.
    const plants: Plant[] = [
      { kind: "function", ms: 60, share: 0.05, name: "rare" },
      { kind: "endpoint", ms: 80, share: 0.04, name: "export" },
    ];
    const spans = simulate({ seed, spans: slow + baseline, stacks: run % 2 === 0, spread, plants });
    const mixed = shuffled(spans, seed);
    const answer = answerOf(mixed.slice(0, slow), mixed.slice(slow), run);
    if (answer.contributions.some((one) => one.significant || one.rest?.significant === true))
      contributions++;
    if (answer.attributes.some((one) => one.p <= 0.05)) attributes++;
  }
  if (nightly) {
    console.log(`false positives: contributions ${contributions}, attributes ${attributes} of ${runs}`);
    expect(contributions / runs).toBeLessThanOrEqual(0.05);
    expect(upperLimit(contributions, runs)).toBeLessThanOrEqual(0.08);
    expect(upperLimit(attributes, runs)).toBeLessThanOrEqual(0.08);
  } else {
    // 5 % of 30 are 1.5.
    expect(contributions).toBeLessThanOrEqual(5);
    expect(attributes).toBeLessThanOrEqual(5);
  }
});
