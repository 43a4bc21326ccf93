import { join } from "node:path";
import { otelGlobal } from "./otel/types.ts";
import { heapExporter, requireHere } from "./package-root.ts";

/** Why the agent must stay off in this process, as one sentence; undefined if it may run. */
export function unsupportedHost(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const versions: Readonly<Record<string, string | undefined>> = process.versions;
  // `NODE_OPTIONS` reaches it, too.
  if (process.argv[1] === heapExporter)
    return "a process that sends the profile of another one is not sampled";
  if (versions["bun"] !== undefined) return "Bun has no V8 sampler; the agent is off";
  if (versions["deno"] !== undefined || "Deno" in globalThis)
    return "Deno cannot load the sampler; the agent is off";
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 15) || (major === 23 && minor < 8))
    return `Node.js ${process.versions.node} is too old; the agent needs 22.15 or newer and is off`;
  if (process.platform === "win32")
    return "on Windows the sampler cannot tell which span was active; the agent is off";
  if (env["AWS_LAMBDA_FUNCTION_NAME"] !== undefined)
    return "AWS Lambda freezes the process between requests; the agent is off";
  return undefined;
}

/**
 * Looks for another sampling profiler in this process. Two starve each other: 5 samples in 500 ms were left to the
 * second one after the first had stopped.
 */
export class OtherProfilers {
  readonly #own: string;
  /** Modules that were looked at: a large application has some thousands. */
  #known = 0;

  /** @param ownSampler folder of the copy of @datadog/pprof this agent uses. */
  constructor(ownSampler: string) {
    this.#own = ownSampler;
  }

  /** Its name; undefined if none was found. */
  find(): string | undefined {
    // Its addon is there without its profiler, too; its context manager is not.
    if (otelGlobal()?.context?.constructor.name === "ProfilingContextManager")
      return "@splunk/otel's profiler";
    // The same copy, used through its public API, which we do not load.
    const shared = requireHere.cache[join(this.#own, "out", "src", "time-profiler.js")]?.exports as
      | { isStarted?: () => boolean }
      | undefined;
    if (shared?.isStarted?.() === true) return "another user of @datadog/pprof";
    const paths = Object.keys(requireHere.cache);
    // Some were taken out.
    if (paths.length < this.#known) this.#known = 0;
    while (this.#known < paths.length) {
      const name = this.#nameOf(paths[this.#known++] as string);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** Of a file in the shared CommonJS cache that shows another profiler at work on V8's one SIGPROF timer per thread. */
  #nameOf(path: string): string | undefined {
    if (path.endsWith(".node") && path.includes("pprof") && !path.startsWith(this.#own))
      return `another copy of the sampler (${path})`;
    if (path.includes("@pyroscope") && /[\\/]@pyroscope[\\/]nodejs[\\/]/.test(path))
      return "@pyroscope/nodejs";
    if (path.includes("dd-trace") && /[\\/]dd-trace[\\/].*[\\/]profiling[\\/]profilers?[\\/]/.test(path))
      return "dd-trace's profiler";
    return undefined;
  }
}
