import { type Channel, channel } from "node:diagnostics_channel";
import type { AgentState, WindowDropReason } from "./tally.ts";
import type { WindowFacts } from "./window-facts.ts";

/** `hotspan:window`: a window was encoded and stands in the queue. */
export interface WindowEvent extends WindowFacts {
  readonly threadId: number;
  readonly messages: number;
  readonly bytes: number;
  /** The agent's CPU on this thread, of one core. */
  readonly cpuShare: number;
}

/** `hotspan:dropped`: a window, or a part of one, will never arrive. */
export interface DroppedEvent {
  readonly threadId: number;
  readonly reason: WindowDropReason;
  /** Unknown before it is encoded: 0. */
  readonly bytes: number;
}

/** `hotspan:backoff`: the watchdog changed how this thread is sampled, in either direction. */
export interface BackoffEvent {
  readonly threadId: number;
  readonly state: AgentState;
  readonly reason: "cpu" | "stall" | "recovered";
  readonly cpuShare: number;
  readonly stallMillis: number;
  readonly hz: number;
  readonly windowMillis: number;
  readonly journal: boolean;
}

/** Ask `hasSubscribers` before making a message: without them a channel costs nothing. */
export const channels: Readonly<Record<"window" | "dropped" | "backoff", Channel>> = {
  window: channel("hotspan:window"),
  dropped: channel("hotspan:dropped"),
  backoff: channel("hotspan:backoff"),
};
