import { misspelt, misspeltText } from "@hotspan/environment";
import { bad, choice, list, number, text, toggle, url } from "./config-values.ts";
import { warnOnce } from "./log.ts";
import { readTransport, type TransportOptions, type TransportSettings } from "./transport/settings.ts";
import { type Budget, DEFAULT_BUDGET, parseBudget } from "./watchdog/budget.ts";

/** Everything is optional; an environment variable fills what an option leaves open. */
export interface AgentOptions extends TransportOptions {
  /** `HOTSPAN_ENABLED=off` switches everything off, whatever the code says. */
  readonly enabled?: boolean;
  /** Samples per second and thread, 1 to 1000. Default 99. `HOTSPAN_HZ`. */
  readonly hz?: number;
  /** Length of a window, 500 to 30000 ms. Default 10000. `HOTSPAN_WINDOW_MS`. */
  readonly windowMillis?: number;
  /** Base URL; windows go to `{endpoint}/v1/profiles`. `HOTSPAN_ENDPOINT`. */
  readonly endpoint?: string;
  /** Default on. `HOTSPAN_QUIET_LOOP`. */
  readonly quietLoop?: boolean;
  /** Default on. `HOTSPAN_JOURNAL`. */
  readonly journal?: boolean;
  /**
   * What the agent may cost a thread, of one core and of the loop at a stretch; above it backs off. `off`: it never does.
   * Default `5%,50ms`. `HOTSPAN_BUDGET`.
   */
  readonly budget?: string;
  /** Whether `hotspan doctor` can see this process: a small file in a folder of the user's own. Default on. `HOTSPAN_STATUS`. */
  readonly status?: boolean;
  /** Bytes of windows kept while the receiver is away. Default 8 MiB. `HOTSPAN_QUEUE_BYTES`. */
  readonly queueBytes?: number;
  /**
   * How long `process.exit()` may be held to send the last window; 0: not at all. Default 500 ms. A process that ends by itself or
   * of SIGTERM waits for 2 s at most, or for as long as this if it is longer. `HOTSPAN_EXIT_MS`.
   */
  readonly exitMillis?: number;
  /** Keys `withLabels` lets through. Default none. `HOTSPAN_LABELS=tenant,plan`. */
  readonly labels?: readonly string[];
  /**
   * When the process is sampled: always; in turn with its replicas; or when somebody asks for it. Default `continuous`.
   * `HOTSPAN_MODE`.
   */
  readonly mode?: AgentMode;
  /** Replicas assumed to be there while the correlator cannot be asked whose turn it is, 1 to 10000. Default 10. `HOTSPAN_REPLICAS`. */
  readonly replicas?: number;
  /** `slow`: labels and stacks of slow requests stay whole, others are merged per endpoint. Default `all`. `HOTSPAN_DETAIL`. */
  readonly detail?: AgentDetail;
  /** From how many ms a request is slow, 1 to 600000; `auto`: its endpoint's 95th percentile. Default `auto`. `HOTSPAN_SLOW_MS`. */
  readonly slowMillis?: number | "auto";
  /** Whether frames of scripts with source maps are named by their sources. Default on. `HOTSPAN_SOURCE_MAPS`. */
  readonly sourceMaps?: boolean;
  /** Heap in use: a profile a minute, by V8's sampling heap profiler. Default off. `HOTSPAN_HEAP`. */
  readonly heap?: boolean;
  /** Mean bytes between two samples of the heap, 16 KiB to 64 MiB. Default 512 KiB. `HOTSPAN_HEAP_INTERVAL_BYTES`. */
  readonly heapIntervalBytes?: number;
  /**
   * All that is allocated, alive or not, in place of what is in use; Node.js ≥ 26. Each profile forces a collection. Default off.
   * `HOTSPAN_ALLOCATIONS`.
   */
  readonly allocations?: boolean;
  /**
   * The heap profile of a process that is about to die of its heap's limit, sent by another process. Raises the limit once by a
   * young generation. Default off. `HOTSPAN_OOM`.
   */
  readonly oom?: boolean;
  /** Overrides `service.name` of the OpenTelemetry resource. */
  readonly serviceName?: string;
  /** `HOTSPAN_LOG=debug`. */
  readonly verbose?: boolean;
}

export const AGENT_MODES = ["continuous", "amortised", "on-demand"] as const;
export type AgentMode = (typeof AGENT_MODES)[number];

export const AGENT_DETAILS = ["all", "slow"] as const;
export type AgentDetail = (typeof AGENT_DETAILS)[number];

export interface AgentConfig extends TransportSettings {
  readonly enabled: boolean;
  readonly hz: number;
  readonly windowMillis: number;
  readonly endpoint: string;
  /** False if nobody named an endpoint and the default was taken. */
  readonly endpointGiven: boolean;
  readonly quietLoop: boolean;
  readonly journal: boolean;
  /** undefined: none, the agent never backs off. */
  readonly budget: Budget | undefined;
  readonly status: boolean;
  readonly queueBytes: number;
  readonly exitMillis: number;
  readonly labels: ReadonlySet<string>;
  readonly mode: AgentMode;
  readonly replicas: number;
  readonly detail: AgentDetail;
  readonly slowMillis: number | "auto";
  readonly sourceMaps: boolean;
  readonly heap: boolean;
  readonly heapIntervalBytes: number;
  readonly allocations: boolean;
  readonly oom: boolean;
  /** The signal that asks for 30 s of samples; undefined: none. */
  readonly signal: "SIGUSR2" | undefined;
  /** Resource attributes from `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`; the running SDK's resource wins. */
  readonly resource: Readonly<Record<string, string>>;
  readonly serviceName: string | undefined;
  readonly verbose: boolean;
}

export const DEFAULT_ENDPOINT = "http://127.0.0.1:4318";

/** Never throws: a value that makes no sense is named once and the default taken. */
export function readConfig(options: AgentOptions = {}, env: NodeJS.ProcessEnv = process.env): AgentConfig {
  for (const one of misspelt(env)) warnOnce("HOTSPAN_AGENT_BAD_OPTION", misspeltText(one), one.name);
  const own = url("endpoint", options.endpoint) ?? url("HOTSPAN_ENDPOINT", env["HOTSPAN_ENDPOINT"]);
  const endpoint = own ?? otlpEndpoint(env);
  return {
    enabled: (toggle("HOTSPAN_ENABLED", env["HOTSPAN_ENABLED"]) ?? true) && (options.enabled ?? true),
    hz: number("hz", options.hz, 1, 1000) ?? number("HOTSPAN_HZ", env["HOTSPAN_HZ"], 1, 1000) ?? 99,
    windowMillis:
      number("windowMillis", options.windowMillis, 500, 30_000) ??
      number("HOTSPAN_WINDOW_MS", env["HOTSPAN_WINDOW_MS"], 500, 30_000) ??
      10_000,
    endpoint: endpoint ?? DEFAULT_ENDPOINT,
    endpointGiven: endpoint !== undefined,
    // Their certificates belong to their endpoint.
    ...readTransport(options, env, own === undefined && endpoint !== undefined),
    quietLoop: options.quietLoop ?? toggle("HOTSPAN_QUIET_LOOP", env["HOTSPAN_QUIET_LOOP"]) ?? true,
    journal: options.journal ?? toggle("HOTSPAN_JOURNAL", env["HOTSPAN_JOURNAL"]) ?? true,
    budget: budget(options.budget, env["HOTSPAN_BUDGET"]),
    status: options.status ?? toggle("HOTSPAN_STATUS", env["HOTSPAN_STATUS"]) ?? true,
    queueBytes:
      number("queueBytes", options.queueBytes, 65_536, 1 << 30) ??
      number("HOTSPAN_QUEUE_BYTES", env["HOTSPAN_QUEUE_BYTES"], 65_536, 1 << 30) ??
      8 << 20,
    exitMillis:
      number("exitMillis", options.exitMillis, 0, 10_000) ??
      number("HOTSPAN_EXIT_MS", env["HOTSPAN_EXIT_MS"], 0, 10_000) ??
      500,
    labels: new Set(options.labels ?? list(env["HOTSPAN_LABELS"])),
    mode:
      choice("mode", options.mode, AGENT_MODES) ??
      choice("HOTSPAN_MODE", env["HOTSPAN_MODE"], AGENT_MODES) ??
      "continuous",
    replicas:
      number("replicas", options.replicas, 1, 10_000) ??
      number("HOTSPAN_REPLICAS", env["HOTSPAN_REPLICAS"], 1, 10_000) ??
      10,
    detail:
      choice("detail", options.detail, AGENT_DETAILS) ??
      choice("HOTSPAN_DETAIL", env["HOTSPAN_DETAIL"], AGENT_DETAILS) ??
      "all",
    slowMillis:
      slowMillis("slowMillis", options.slowMillis) ??
      slowMillis("HOTSPAN_SLOW_MS", env["HOTSPAN_SLOW_MS"]) ??
      "auto",
    sourceMaps: options.sourceMaps ?? toggle("HOTSPAN_SOURCE_MAPS", env["HOTSPAN_SOURCE_MAPS"]) ?? true,
    heap: options.heap ?? toggle("HOTSPAN_HEAP", env["HOTSPAN_HEAP"]) ?? false,
    heapIntervalBytes:
      number("heapIntervalBytes", options.heapIntervalBytes, 16_384, 64 << 20) ??
      number("HOTSPAN_HEAP_INTERVAL_BYTES", env["HOTSPAN_HEAP_INTERVAL_BYTES"], 16_384, 64 << 20) ??
      512 * 1024,
    allocations: options.allocations ?? toggle("HOTSPAN_ALLOCATIONS", env["HOTSPAN_ALLOCATIONS"]) ?? false,
    oom: options.oom ?? toggle("HOTSPAN_OOM", env["HOTSPAN_OOM"]) ?? false,
    signal: choice("HOTSPAN_SIGNAL", env["HOTSPAN_SIGNAL"], ["SIGUSR2"]),
    resource: environmentResource(env),
    serviceName: options.serviceName,
    verbose: options.verbose ?? choice("HOTSPAN_LOG", env["HOTSPAN_LOG"], ["debug"]) === "debug",
  };
}

function budget(option: string | undefined, variable: string | undefined): Budget | undefined {
  for (const [name, value] of [
    ["budget", option],
    ["HOTSPAN_BUDGET", variable],
  ] as const) {
    const given = text(value);
    if (given === undefined) continue;
    const parsed = parseBudget(given);
    if (parsed !== undefined) return parsed === "off" ? undefined : parsed;
    bad(name, value, "off, or a share of a core and a time: 3%,20ms");
  }
  return DEFAULT_BUDGET;
}

function slowMillis(name: string, value: number | string | undefined): number | "auto" | undefined {
  return value === "auto" ? value : number(name, value, 1, 600_000);
}

/** The host that takes the spans over HTTP; a gRPC endpoint says nothing about an HTTP port. */
function otlpEndpoint(env: NodeJS.ProcessEnv): string | undefined {
  const given = text(env["OTEL_EXPORTER_OTLP_ENDPOINT"]);
  const protocol =
    text(env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]) ?? text(env["OTEL_EXPORTER_OTLP_PROTOCOL"]);
  if (given === undefined || protocol?.startsWith("grpc") === true) return undefined;
  try {
    const parsed = new URL(given);
    if (!parsed.protocol.startsWith("http") || parsed.port === "4317") return undefined;
    return given.replace(/\/+$/, "");
  } catch {
    return undefined;
  }
}

function environmentResource(env: NodeJS.ProcessEnv): Record<string, string> {
  const resource: Record<string, string> = {};
  for (const pair of list(env["OTEL_RESOURCE_ATTRIBUTES"])) {
    const at = pair.indexOf("=");
    if (at <= 0) continue;
    const value = pair.slice(at + 1).trim();
    try {
      resource[pair.slice(0, at).trim()] = decodeURIComponent(value);
    } catch {
      resource[pair.slice(0, at).trim()] = value;
    }
  }
  const service = text(env["OTEL_SERVICE_NAME"]);
  if (service !== undefined) resource["service.name"] = service;
  return resource;
}
