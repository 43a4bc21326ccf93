import type { Window } from "@hotspan/wire";
import { afterEach, expect, test } from "vitest";
import { type Child, runNode } from "./support/child.ts";
import { isComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

const receiver = Receiver.each();
let child: Child | undefined;
afterEach(async () => {
  child?.process.kill("SIGKILL");
  await child?.ended;
});

function begin(env: Record<string, string>, binary?: string): Child {
  child = runNode(
    ["--import", registerModule, app("modes.cjs")],
    {
      HOTSPAN_ENDPOINT: receiver.url,
      HOTSPAN_WINDOW_MS: "500",
      OTEL_SERVICE_NAME: "modes",
      OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3",
      ...env,
    },
    binary,
  );
  return child;
}

/** An answer of the correlator, for a lease of so many ms. */
const answer = (state: "collect" | "pause", over: object = {}, leaseMs = 60_000): object => ({
  state,
  mode: "amortised",
  periodNano: 0,
  windowMs: 0,
  nowUnixNano: "1000000000000000",
  leaseUntilUnixNano: String(1_000_000_000_000_000n + BigInt(leaseMs) * 1_000_000n),
  pollMs: 250,
  ...over,
});

/** How many windows have come once no more do: of what was sampled before some may be under way. */
async function ceased(): Promise<number> {
  for (;;) {
    const { length } = receiver.windows;
    await pause(800);
    if (receiver.windows.length === length) return length;
  }
}

interface State {
  readonly patched: boolean;
  readonly scopePatched: boolean;
  readonly samplerThreads: number;
  readonly resources: readonly string[];
  readonly listensToSignal: number;
}

const untouched = { patched: false, scopePatched: false, samplerThreads: 0, resources: [] };

/** What the program says of itself from now on, until it fits. */
async function becomes(wanted: Partial<State>): Promise<void> {
  let seen: unknown;
  const out = child?.process.stdout;
  const found = new Promise<void>((resolve) => {
    out?.on("data", (text: string) => {
      for (const [, json = "{}"] of text.matchAll(/STATE (.*)\n/g)) {
        seen = JSON.parse(json);
        try {
          expect(seen).toMatchObject(wanted);
          resolve();
        } catch {
          // Not yet.
        }
      }
    });
  });
  const late = new Promise<never>((_, reject) =>
    setTimeout(
      () => reject(new Error(`never ${JSON.stringify(wanted)}, last ${JSON.stringify(seen)}`)),
      20_000,
    ),
  );
  await Promise.race([found, late]);
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test.for(runtimes)(
  "amortised: nothing is left in the process while others collect, on Node $major",
  async ({ binary }) => {
    let state: "collect" | "pause" = "pause";
    receiver.schedule = () => answer(state, {}, 300);
    begin({ HOTSPAN_MODE: "amortised" }, binary);
    await receiver.until((r) => r.asked.length >= 2);
    await becomes(untouched);
    expect(receiver.windows).toEqual([]);
    const { service, version, instance, mode } = Object.fromEntries(receiver.asked[0] ?? []);
    expect({ version, mode }).toEqual({ version: "1.2.3", mode: "amortised" });
    // The SDK's own name, which its resource gives.
    expect(service).toMatch(/^unknown_service/);

    state = "collect";
    await receiver.until((r) => r.windows.length >= 2);
    state = "pause";
    await becomes(untouched);
    const first = await ceased();

    state = "collect";
    await receiver.until((r) => r.windows.length >= first + 2);
    for (const { header } of receiver.windows) expect(header).toMatchObject({ mode: "amortised", instance });
    // Windows follow each other, so what lies between was not sampled, and is not taken for lost.
    await receiver.until((r) => isComplete(r.windows));
    // Labels work again. A window may be as short as what is left of a lease.
    const labelled = ({ ticks }: Window): number => ticks.label.filter((row) => row > 0).length;
    await receiver.until((r) => r.windows.slice(first).some((window) => labelled(window) > 3));
  },
);

test("what nobody took before the end of a lease is sent in the next one", async () => {
  let state: "collect" | "pause" = "collect";
  receiver.schedule = () => answer(state, {}, 300);
  receiver.status = 503;
  begin({ HOTSPAN_MODE: "amortised" });
  await receiver.until((r) => r.requests.length >= 1);
  state = "pause";
  await becomes(untouched);
  expect(receiver.windows).toEqual([]);
  receiver.status = 202;
  state = "collect";
  await receiver.until((r) => r.windows.length >= 4);
  await receiver.until((r) => isComplete(r.windows));
});

test("a lease holds to its end, whatever is answered meanwhile", async () => {
  let state: "collect" | "pause" = "collect";
  receiver.schedule = () => answer(state);
  begin({ HOTSPAN_MODE: "amortised" });
  await receiver.until((r) => r.windows.length >= 1);
  state = "pause";
  const { length } = receiver.asked;
  await receiver.until((r) => r.asked.length >= length + 4);
  const windows = receiver.windows.length;
  await receiver.until((r) => r.windows.length >= windows + 2);
});

test("amortised, and nobody answers: the hash decides, and it is said", async () => {
  receiver.schedule = () => 500;
  const program = begin({ HOTSPAN_MODE: "amortised", HOTSPAN_REPLICAS: "1" });
  await program.printed(
    /as if there were 1 replicas \(HOTSPAN_REPLICAS\) \(HOTSPAN_AGENT_SCHEDULE_UNREACHABLE\)/,
  );
  await receiver.until((r) => r.windows.length >= 1);
  expect(receiver.windows[0]?.header.mode).toBe("amortised");
});

test("on demand: samples at the wanted rate while it is wanted", async () => {
  let wanted = false;
  receiver.schedule = () =>
    wanted
      ? answer("collect", { mode: "on_demand", periodNano: 2_000_000, windowMs: 1000 }, 60_000)
      : answer("pause", { mode: "on_demand" });
  begin({ HOTSPAN_MODE: "on-demand" });
  await receiver.until((r) => r.asked.length >= 2);
  await becomes(untouched);
  wanted = true;
  await receiver.until((r) => r.windows.length >= 2);
  wanted = false;
  await becomes(untouched);
  expect(receiver.windows[0]?.header).toMatchObject({ mode: "on_demand", periodNanos: 2_000_000 });
});

test("continuous: a profile on demand is denser for its time", async () => {
  let wanted = true;
  receiver.schedule = () =>
    wanted
      ? answer("collect", { mode: "on_demand", periodNano: 2_000_000, windowMs: 1000 }, 1500)
      : answer("collect", { mode: "continuous" });
  begin({ HOTSPAN_MODE: "continuous" });
  await receiver.until((r) => r.windows.length >= 1);
  expect(receiver.windows[0]?.header).toMatchObject({ mode: "continuous", periodNanos: 10_101_000 });
  // It is in no hurry to ask for the first time.
  expect(receiver.asked).toEqual([]);
  await receiver.until((r) => r.windows.some(({ header }) => header.mode === "on_demand"));
  wanted = false;
  expect(receiver.windows.at(-1)?.header.periodNanos).toBe(2_000_000);
  await receiver.until((r) => r.windows.at(-1)?.header.mode === "continuous");
  await receiver.until((r) => isComplete(r.windows));
});

test("a receiver without schedules is asked once, and on demand it is said", async () => {
  const program = begin({ HOTSPAN_MODE: "on-demand" });
  await program.printed(/no profile can be asked for.*HOTSPAN_AGENT_SCHEDULE_UNREACHABLE/);
  await pause(1500);
  expect(receiver.asked).toHaveLength(1);
  await becomes(untouched);
});

test("SIGUSR2 is listened to only where that was asked for", async () => {
  receiver.schedule = () => answer("pause", { mode: "on_demand" });
  const { process: program, ended } = begin({ HOTSPAN_MODE: "on-demand" });
  await becomes({ listensToSignal: 0 });
  program.kill("SIGUSR2");
  expect(await ended).toMatchObject({ signal: "SIGUSR2" });

  const { process: other } = begin({ HOTSPAN_MODE: "on-demand", HOTSPAN_SIGNAL: "SIGUSR2" });
  await becomes({ ...untouched, listensToSignal: 1 });
  other.kill("SIGUSR2");
  await receiver.until((r) => r.windows.length >= 2);
  expect(receiver.windows[0]?.header).toMatchObject({ mode: "on_demand" });
});

test("a mode that does not exist is named, and the default holds", async () => {
  const program = begin({ HOTSPAN_MODE: "sometimes" });
  await program.printed(/HOTSPAN_MODE="sometimes" ignored: expected continuous, amortised, on-demand/);
  await receiver.until((r) => r.windows.length >= 1);
});

test("amortised, in its sleep: a profile on demand is taken, and nothing is left behind it", async () => {
  let wanted = false;
  receiver.schedule = () =>
    wanted
      ? answer("collect", { mode: "on_demand", periodNano: 2_000_000, windowMs: 1000 }, 60_000)
      : answer("pause", {}, 600_000);
  begin({ HOTSPAN_MODE: "amortised" });
  await receiver.until((r) => r.asked.length >= 2);
  await becomes(untouched);
  wanted = true;
  await receiver.until((r) => r.windows.length >= 2);
  wanted = false;
  await becomes(untouched);
  for (const { header } of receiver.windows)
    expect(header).toMatchObject({ mode: "on_demand", periodNanos: 2_000_000 });
});

test("a second profile on demand during the first: denser from then on, and no window is lost", async () => {
  let hz = 250;
  receiver.schedule = () =>
    answer("collect", { mode: "on_demand", periodNano: 1e9 / hz, windowMs: 1000 }, 60_000);
  begin({ HOTSPAN_MODE: "on-demand" });
  await receiver.until((r) => r.windows.length >= 2);
  hz = 500;
  await receiver.until((r) => r.windows.at(-1)?.header.periodNanos === 2_000_000);
  const { windows } = receiver;
  await receiver.until((r) => isComplete(r.windows));
  expect(new Set(windows.map(({ header }) => header.periodNanos))).toEqual(new Set([4_000_000, 2_000_000]));
});

test("slow-only and in turn: windows say both; a profile on demand in between is in full, and the budget does not thin it", async () => {
  let wanted = false;
  receiver.schedule = () =>
    wanted
      ? answer("collect", { mode: "on_demand", periodNano: 2_000_000, windowMs: 500 }, 60_000)
      : answer("collect", {}, 300);
  const program = begin({
    HOTSPAN_MODE: "amortised",
    HOTSPAN_DETAIL: "slow",
    HOTSPAN_SLOW_MS: "600000",
    // What no agent keeps to: without a profile on demand three windows are enough to back off.
    HOTSPAN_BUDGET: "0.1%,10000ms",
  });
  await receiver.until((r) => r.windows.length >= 1);
  expect(receiver.windows[0]?.header).toMatchObject({ mode: "slow_only", schedule: "amortised" });
  const ids = ({ labels }: { labels: readonly { spanId: string }[] }): number =>
    labels.filter(({ spanId }) => spanId !== "").length;
  wanted = true;
  await receiver.until((r) => r.windows.filter(({ header }) => header.mode === "on_demand").length >= 8);
  wanted = false;
  const dense = receiver.windows.filter(({ header }) => header.mode === "on_demand");
  for (const window of dense) {
    expect(window.header.periodNanos).toBe(2_000_000);
    expect(window.header.schedule).toBeUndefined();
    expect(ids(window)).toBeGreaterThan(0);
  }
  const { length } = receiver.windows;
  await receiver.until((r) => r.windows.slice(length).some(({ header }) => header.mode === "slow_only"));
  const { windows } = receiver;
  expect(windows.at(-1)?.header).toMatchObject({ mode: "slow_only", schedule: "amortised" });
  await receiver.until((r) => isComplete(r.windows));
  // Behind it the budget holds again.
  await program.printed(/HOTSPAN_AGENT_BACKED_OFF/);
});

test("a signal to an agent that was stopped neither has it sample nor ends the program", async () => {
  receiver.schedule = () => answer("pause", { mode: "on_demand" });
  const { process: program } = begin({
    HOTSPAN_MODE: "on-demand",
    HOTSPAN_SIGNAL: "SIGUSR2",
    TEST_STOP: "1000",
  });
  await becomes({ ...untouched, listensToSignal: 1 });
  await pause(1500);
  const { length } = receiver.asked;
  program.kill("SIGUSR2");
  await pause(1500);
  await becomes({ ...untouched, listensToSignal: 1 });
  expect(receiver.windows).toEqual([]);
  expect(receiver.asked).toHaveLength(length);
  expect(program.exitCode).toBeNull();
  expect(program.signalCode).toBeNull();
});
