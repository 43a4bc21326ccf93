import type { AgentStatus } from "@hotspan/agent";
import { CliError } from "../errors.ts";
import { isAlive } from "../process/alive.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { attempt, type ProcessFacts, processFacts } from "./process-facts.ts";
import { agentsOf, allAgents } from "./status-files.ts";

const DOCS = "docs/agent.md says what each code means";

/** One line per sampled thread of every process on this machine that is this user's. */
export function* checkAgents(): Generator<Finding> {
  const agents = allAgents();
  if (agents.length === 0) yield ok("no agent of this user's is at work on this machine");
  for (const status of agents) {
    const line = `agent in ${nameOf(status)}: ${status.state}, heard ${ago(status.updatedEpochMillis)}`;
    yield status.state === "collecting"
      ? ok(line)
      : warn(`${line} (${status.because ?? "no reason given"})`, `hotspan doctor --pid ${status.pid}`);
  }
}

/** All that the agent of one process says of itself. Throws a `CliError` if there is none to be asked. */
export function* checkAgent(pid: number): Generator<Finding> {
  if (!isAlive(pid)) throw new CliError("HOTSPAN_CLI_NO_PROCESS", `there is no process ${pid}`);
  const facts = processFacts(pid);
  const agents = agentsOf(pid);
  if (agents.length === 0) {
    if (!isOurs(pid))
      throw new CliError(
        "HOTSPAN_CLI_NOT_OURS",
        `process ${pid} is another user's${facts.uid === undefined ? "" : ` (uid ${facts.uid})`}: ask as that user or as root`,
      );
    throw new CliError("HOTSPAN_CLI_NO_AGENT", `no agent is to be seen in process ${pid}: ${whyNone(facts)}`);
  }
  for (const status of agents) yield* describe(status);
}

function isOurs(pid: number): boolean {
  return attempt(() => process.kill(pid, 0)) === true;
}

/** The likeliest reason, from how the process was started. */
export function whyNone({ env, commandLine }: Pick<ProcessFacts, "env" | "commandLine">): string {
  if (/^(?:off|false|0)$/i.test(env?.["HOTSPAN_ENABLED"] ?? "")) return "HOTSPAN_ENABLED switches it off";
  if (/^(?:off|false|0)$/i.test(env?.["HOTSPAN_STATUS"] ?? ""))
    return "HOTSPAN_STATUS switches its status file off";
  const waits = "it begins when an OpenTelemetry tracer provider is registered";
  if (env === undefined || commandLine === undefined)
    return `it is not loaded, or waits (${waits}), or is switched off by HOTSPAN_ENABLED or HOTSPAN_STATUS`;
  const registered = [env["NODE_OPTIONS"] ?? "", ...commandLine].some((text) =>
    /@hotspan[\\/]agent|[\\/]agent[\\/](?:lib|src)[\\/]register/.test(text),
  );
  return registered
    ? `it is loaded and waits: ${waits}`
    : "neither its command line nor NODE_OPTIONS loads it (--import @hotspan/agent/register); loaded by code, it may wait for a span";
}

export function* describe(status: AgentStatus): Generator<Finding> {
  const { config, windows } = status;
  yield ok(
    `agent ${status.agent} in ${nameOf(status)}, Node ${status.node}, since ${ago(status.startedEpochMillis)}, from ${status.agentPath}`,
  );
  const sampling = `${status.hz} samples per second, windows of ${status.windowMillis / 1000} s`;
  switch (status.state) {
    case "collecting":
      yield ok(`collecting: ${sampling}`);
      break;
    case "backed off":
      yield warn(`backed off: ${sampling}; ${status.because ?? ""}`, "HOTSPAN_BUDGET sets what it may cost");
      break;
    case "off":
      yield fail(`off: ${status.because ?? "not started"}`, DOCS);
  }
  if (status.otherProfiler !== undefined)
    yield fail(`another profiler: ${status.otherProfiler}`, "two starve each other: switch one off");

  const silentMillis = Date.now() - status.updatedEpochMillis;
  if (status.state !== "off" && silentMillis > 3 * status.windowMillis + 10_000)
    yield warn(
      `no window since ${ago(status.updatedEpochMillis)}`,
      "its event loop is held, the process is stopped, or this worker thread was terminated",
    );
  if (status.state !== "off") yield* describeParts(status);

  const tally = `windows: ${windows.taken} taken, ${windows.sent} sent, ${windows.dropped} dropped, ${windows.refused} refused, ${kilobytes(status.queueBytes)} wait`;
  const to = status.destination === undefined ? "" : `; to ${status.destination}`;
  yield windows.dropped + windows.refused > 0 || (windows.taken > 2 && windows.sent === 0)
    ? warn(tally + to, "the last error below says why; HOTSPAN_ENDPOINT says where to send")
    : ok(tally + to);
  if (status.cpuShare !== undefined && status.stallMillis !== undefined)
    yield ok(
      `cost: ${percent(status.cpuShare)} of a core, the loop held for ${status.stallMillis.toFixed(1)} ms at most (last window; budget ${String(config["budget"])})`,
    );
  if (status.labelledShare !== undefined)
    yield ok(
      `${percent(status.labelledShare)} of the samples of running code carry a span, ${status.lostTicks} were lost`,
    );
  if (status.lastError !== undefined) {
    const { code, message, epochMillis } = status.lastError;
    yield warn(`last message, ${ago(epochMillis)}: ${message} (${code})`, DOCS);
  }
  yield ok(`settings: ${JSON.stringify(config)}`);
}

function* describeParts(status: AgentStatus): Generator<Finding> {
  const { config } = status;
  yield status.quietLoop
    ? ok("quiet loop: event-loop utilisation stays truthful")
    : warn(
        "no quiet loop: event-loop utilisation reads too high",
        config["quietLoop"] === false ? "HOTSPAN_QUIET_LOOP=on" : "there is no addon for its platform",
      );
  if (status.journal) yield ok("journal of the loop's turns");
  else if (config["journal"] === false) yield ok("no journal, as configured: the ledger goes by ticks");
  else
    yield warn(
      "no journal: the ledger goes by ticks",
      status.quietLoop ? "the agent has backed off" : "it needs the quiet loop",
    );
  yield status.labels === "with"
    ? warn("labels by an unknown context manager, incomplete", "use AsyncLocalStorageContextManager")
    : ok(`labels by ${status.labels === "frame" ? "AsyncContextFrame" : "async hooks"}`);
}

function nameOf({ pid, threadId, threadName, service }: AgentStatus): string {
  const thread = threadId === 0 ? "" : `, thread ${threadId} (${threadName})`;
  return `pid ${pid}${thread}${service === undefined ? "" : ` of ${service}`}`;
}

function ago(epochMillis: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - epochMillis) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
