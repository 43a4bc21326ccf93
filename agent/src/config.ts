import { warnOnce } from "./log.ts";
import { type Budget, DEFAULT_BUDGET, parseBudget } from "./watchdog/budget.ts";

/** Everything is optional; an environment variable fills what an option leaves open. */
export interface AgentOptions {
  /** `HOTSPAN_ENABLED=off` switches everything off, whatever the code says. */
  readonly enabled?: boolean;
  /** Samples per second and thread, 1 to 1000. Default 99. `HOTSPAN_HZ`. */
  readonly hz?: number;
  /** Length of a window, 500 to 30000 ms. Default 10000. `HOTSPAN_WINDOW_MS`. */
  readonly windowMillis?: number;
  /** Base URL; windows go to `{endpoint}/v1/profiles`. `HOTSPAN_ENDPOINT`. */
  readonly endpoint?: string;
  /** Bearer token. `HOTSPAN_TOKEN`. */
  readonly token?: string;
  /** `host:port,…`; if set, windows go to Kafka. `HOTSPAN_KAFKA_BROKERS`. */
  readonly kafkaBrokers?: string;
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
  /** How long `process.exit()` may be held to send the last window over HTTP; 0: not at all. Default 500 ms. `HOTSPAN_EXIT_MS`. */
  readonly exitMillis?: number;
  /** Keys `withLabels` lets through. Default none. `HOTSPAN_LABELS=tenant,plan`. */
  readonly labels?: readonly string[];
  /** Overrides `service.name` of the OpenTelemetry resource. */
  readonly serviceName?: string;
  /** `HOTSPAN_LOG=debug`. */
  readonly verbose?: boolean;
}

export interface AgentConfig {
  readonly enabled: boolean;
  readonly hz: number;
  readonly windowMillis: number;
  readonly endpoint: string;
  /** False if nobody named an endpoint and the default was taken. */
  readonly endpointGiven: boolean;
  readonly token: string | undefined;
  readonly kafkaBrokers: readonly string[];
  readonly quietLoop: boolean;
  readonly journal: boolean;
  /** undefined: none, the agent never backs off. */
  readonly budget: Budget | undefined;
  readonly status: boolean;
  readonly queueBytes: number;
  readonly exitMillis: number;
  readonly labels: ReadonlySet<string>;
  /** Resource attributes from `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`; the running SDK's resource wins. */
  readonly resource: Readonly<Record<string, string>>;
  readonly serviceName: string | undefined;
  readonly verbose: boolean;
}

export const DEFAULT_ENDPOINT = "http://127.0.0.1:4318";

/** Never throws: a value that makes no sense is named once and the default taken. */
export function readConfig(options: AgentOptions = {}, env: NodeJS.ProcessEnv = process.env): AgentConfig {
  const endpoint =
    url("endpoint", options.endpoint) ??
    url("HOTSPAN_ENDPOINT", env["HOTSPAN_ENDPOINT"]) ??
    otlpEndpoint(env);
  return {
    enabled: (toggle("HOTSPAN_ENABLED", env["HOTSPAN_ENABLED"]) ?? true) && (options.enabled ?? true),
    hz: number("hz", options.hz, 1, 1000) ?? number("HOTSPAN_HZ", env["HOTSPAN_HZ"], 1, 1000) ?? 99,
    windowMillis:
      number("windowMillis", options.windowMillis, 500, 30_000) ??
      number("HOTSPAN_WINDOW_MS", env["HOTSPAN_WINDOW_MS"], 500, 30_000) ??
      10_000,
    endpoint: endpoint ?? DEFAULT_ENDPOINT,
    endpointGiven: endpoint !== undefined,
    token: options.token ?? text(env["HOTSPAN_TOKEN"]),
    kafkaBrokers: list(options.kafkaBrokers ?? env["HOTSPAN_KAFKA_BROKERS"]),
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
    resource: environmentResource(env),
    serviceName: options.serviceName,
    verbose: options.verbose ?? env["HOTSPAN_LOG"] === "debug",
  };
}

function bad(name: string, value: unknown, expected: string): undefined {
  warnOnce(
    "HOTSPAN_AGENT_BAD_OPTION",
    `${name}=${JSON.stringify(value)} ignored: expected ${expected}`,
    name,
  );
  return undefined;
}

function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function list(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function toggle(name: string, value: string | undefined): boolean | undefined {
  switch (text(value)?.toLowerCase()) {
    case undefined:
      return undefined;
    case "on":
    case "true":
    case "1":
      return true;
    case "off":
    case "false":
    case "0":
      return false;
    default:
      return bad(name, value, "on or off");
  }
}

function number(
  name: string,
  value: number | string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (value === undefined || value === "") return undefined;
  const parsed = Math.round(Number(value));
  return parsed >= min && parsed <= max ? parsed : bad(name, value, `a number from ${min} to ${max}`);
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

function url(name: string, value: string | undefined): string | undefined {
  const given = text(value);
  if (given === undefined) return undefined;
  try {
    const { protocol } = new URL(given);
    if (protocol === "http:" || protocol === "https:") return given.replace(/\/+$/, "");
  } catch {
    // Said below.
  }
  return bad(name, value, "an http:// or https:// URL");
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
