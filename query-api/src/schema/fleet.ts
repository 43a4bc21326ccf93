import { Type } from "typebox";
import { closed, Nano, nullable, paging, range, selection, UnixNano } from "./common.ts";

export const FleetQuery = Type.Object(
  {
    service: selection.service,
    version: selection.version,
    environment: selection.environment,
    zone: selection.zone,
    instance: selection.instance,
    thread: selection.thread,
    ...range,
    ...paging,
  },
  closed,
);

const stored = (description: string) => Type.String({ description: `${description} Empty: unknown.` });

export const Agent = Type.Object({
  instance: Type.String({ description: "One start of a process, 32 hex digits." }),
  service: stored("service.name."),
  version: stored("service.version."),
  zone: stored("cloud.availability_zone."),
  host: stored("host.name."),
  thread: Type.Integer({ minimum: 0, description: "Node.js threadId; 0 is the main thread." }),
  node: stored("Version of Node.js, as `24.21.0`."),
  agentVersion: stored("Version of the Hotspan agent."),
  mode: Type.String({ description: "continuous | amortised | on_demand | slow_only" }),
  schedule: stored("When the thread is sampled: continuous | amortised | on_demand."),
  periodNano: Nano,
  lastSeenUnixNano: UnixNano,
  coverage: Type.Number({
    minimum: 0,
    maximum: 1,
    description:
      "Ticks that were taken, or not due because the loop slept, of those expected while it was sampled; missing windows count as windows without a tick.",
  }),
  lostTicks: Type.Integer({
    minimum: 0,
    description:
      "Ticks that should have fired in the windows that arrived and did not. With the quiet loop at least so many: those that the thread's CPU time proves.",
  }),
  droppedSamples: Type.Integer({ minimum: 0, description: "Ticks whose span was lost." }),
  droppedWindows: Type.Integer({ minimum: 0, description: "Gaps in the sequence of its windows." }),
  stallMaxNano: Type.Integer({
    minimum: 0,
    description: "Longest time the agent held the thread to collect a profile, nanoseconds.",
  }),
  cpuShare: Type.Number({
    minimum: 0,
    maximum: 1,
    description: "CPU time of the thread, the application's and the agent's, of the time sampled.",
  }),
});

export const Ingest = Type.Object(
  {
    lagMessages: nullable(
      Type.Integer({ minimum: 0, description: "Records that wait to be stored. null: no correlator told." }),
    ),
    lagMs: nullable(
      Type.Integer({
        minimum: 0,
        description: "How long the oldest of them has waited, ms. null: as above.",
      }),
    ),
    deadLetters: Type.Integer({ minimum: 0, description: "Records within the range that nobody can read." }),
  },
  { description: "Lag is that of now, whatever the range: as correlators told within the last 30 s." },
);

export const Fleet = Type.Object({
  agents: Type.Array(Agent),
  ingest: Ingest,
  nextCursor: Type.Optional(Type.String()),
});
