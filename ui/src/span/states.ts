// "Profile for this span", state by state, in words: short for a row, a sentence for the panel.
import type { ProfileState, TraceSpan } from "../api/types.ts";
import { counted, ms, shortId } from "../lib/format.ts";

/** What a row of the waterfall says. */
export function rowWords(profile: TraceSpan["profile"]): string {
  switch (profile.state) {
    case "ready":
      return profile.selfSamples === 0
        ? "no own samples"
        : `Profile · ${counted(profile.selfSamples, "sample")}`;
    case "pending":
      return "on its way";
    case "too_short":
      return "too short";
    case "not_sampled":
      return "not sampled";
    case "no_agent":
      return "no agent";
    case "lost":
      return "samples lost";
    case "expired":
      return "expired";
    case "unsupported":
      return "not supported";
  }
}

/** The accessible name of the row's link. */
export function rowLabel(span: TraceSpan): string {
  const words =
    span.profile.state === "ready" ? counted(span.profile.selfSamples, "sample") : rowWords(span.profile);
  return `Profile for this span: ${span.service} ${span.name}, ${words}`;
}

export interface PanelWords {
  readonly title: string;
  readonly text: string;
}

/** What the panel says instead of a flame graph. `periodNano` is known only where the span's thread was sampled. */
export function panelWords(
  state: Exclude<ProfileState, "ready">,
  span: TraceSpan | undefined,
  options: { readonly retryAfterMs?: number | undefined; readonly periodNano?: number | undefined } = {},
): PanelWords {
  const service = span?.service ?? "This service";
  switch (state) {
    case "pending": {
      const seconds = Math.max(1, Math.ceil((options.retryAfterMs ?? 4_000) / 1000));
      return {
        title: "On its way",
        text: `The samples of this moment have not arrived yet. Looking again in ${seconds} s.`,
      };
    }
    case "too_short": {
      const took = span === undefined ? "This span" : `${ms(span.durationNano)} ms`;
      const interval =
        options.periodNano === undefined || options.periodNano <= 0
          ? "the sampling interval"
          : `the sampling interval of ${ms(options.periodNano)} ms`;
      return { title: "Too short", text: `${took} is shorter than ${interval}.` };
    }
    case "not_sampled":
      return { title: "Not sampled", text: "The trace was not sampled, or the agent paused at this moment." };
    case "no_agent":
      return { title: "No agent", text: `${service} sends spans, but no samples.` };
    case "lost":
      return {
        title: "Samples lost",
        text: `The samples of this window did not arrive${span?.instance ? ` from ${shortInstance(span.instance)}` : ""}.`,
      };
    case "expired":
      return {
        title: "Expired",
        text: "The samples of this span are older than the time they are kept for.",
      };
    case "unsupported":
      return {
        title: "Not supported",
        text: "The agent cannot sample on this platform. Spans are shown without profiles.",
      };
  }
}

const shortInstance = (instance: string): string =>
  /^[0-9a-f-]{32,}$/.test(instance) ? shortId(instance) : instance;
