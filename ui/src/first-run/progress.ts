// How far the first run has come, from what the services list says. Pure: the page only draws it.
import type { ServiceInfo } from "../api/types.ts";
import { ago, counted } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";

export type Stage = "no_spans" | "no_samples" | "profiled";

export interface Progress {
  readonly stage: Stage;
  readonly heading: string;
  readonly spans: string;
  readonly samples: string;
}

export function progressOf(services: readonly ServiceInfo[], nowMs: number): Progress {
  const withSpans = services.filter((one) => one.lastSpanUnixNano !== null);
  const withSamples = services.filter((one) => one.lastSampleUnixNano !== null);
  const latest = (list: readonly ServiceInfo[], key: "lastSpanUnixNano" | "lastSampleUnixNano"): string => {
    const times = list.map((one) => toUnixMs(one[key] ?? "0"));
    const names = list.length > 3 ? counted(list.length, "service") : list.map((one) => one.name).join(", ");
    return `${names}: the latest ${ago(Math.max(...times), nowMs)}`;
  };
  const stage: Stage =
    withSamples.length > 0 && withSpans.length > 0
      ? "profiled"
      : withSpans.length > 0
        ? "no_samples"
        : "no_spans";
  return {
    stage,
    heading:
      stage === "profiled"
        ? "Spans and samples arrive."
        : stage === "no_samples"
          ? "Spans arrive. Waiting for the first samples."
          : withSamples.length > 0
            ? "Samples arrive. Waiting for the first spans."
            : "No spans yet. Attach the agent.",
    spans: withSpans.length > 0 ? latest(withSpans, "lastSpanUnixNano") : "None yet.",
    samples:
      withSamples.length > 0
        ? latest(withSamples, "lastSampleUnixNano")
        : "The agent sends a window every 10 s.",
  };
}
