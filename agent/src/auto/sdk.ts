import type { Agent } from "../agent.ts";
import { debug, describe, warnOnce } from "../log.ts";
import { flushOthers, realProvider } from "../otel/provider.ts";
import { otelGlobal } from "../otel/types.ts";
import { heapExporter } from "../package-root.ts";
import { isPackageManager, missingVariables, withVariables } from "./environment.ts";
import { followTracers, type Instrumentation, yieldToOwnInstrumentations, yieldToOwnSdk } from "./own-sdk.ts";
import { type SdkPackages, sdkPackages } from "./packages.ts";

const INSTALL = "npm install @opentelemetry/auto-instrumentations-node";

/**
 * Starts OpenTelemetry's NodeSDK with its instrumentations of common libraries, set up by `OTEL_*`, in a program that has none.
 * Where one is there already, or comes later, it stands aside, and the agent does what `register` does. Never throws.
 */
export function bringSdk(agent: Agent): void {
  agent.install();
  const { config } = agent;
  if (config?.enabled !== true || agent.sdkBrought) return;
  const program = process.argv[1];
  if (program === heapExporter || isPackageManager(program))
    return debug("no program of the user's: no SDK is brought");
  agent.sdkBrought = true;
  if (realProvider(otelGlobal()?.trace) !== undefined) return standAside("was registered before");
  let packages: SdkPackages;
  try {
    packages = sdkPackages();
  } catch (error) {
    debug("no SDK", error);
    const missing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    return unavailable(missing ? `there is none to bring: ${INSTALL}` : describe(error));
  }
  try {
    const instrumentations = withVariables(missingVariables(process.env, config), () => start(packages));
    const ours = realProvider(otelGlobal()?.trace);
    // OTEL_SDK_DISABLED, or OTEL_TRACES_EXPORTER=none.
    if (ours === undefined) return;
    const switchOff = yieldToOwnInstrumentations(packages.instrumentationClasses, instrumentations);
    const handOver = followTracers(ours);
    agent.atEnd({ flush: () => flushOthers(ours), exit: () => {}, killed: () => {} });
    yieldToOwnSdk(packages.apis, ours, (provider) => {
      standAside("was registered by the application");
      switchOff();
      handOver(provider);
      agent.providerReplaced(ours, provider);
      void ours.shutdown?.().catch((error: unknown) => debug("shutdown", error));
    });
  } catch (error) {
    unavailable(describe(error));
  }
}

function start(packages: SdkPackages): readonly Instrumentation[] {
  const instrumentations = packages.getNodeAutoInstrumentations();
  packages.hookModules([
    ...new Set(
      instrumentations.flatMap((one) => (one.getModuleDefinitions?.() ?? []).map(({ name }) => name)),
    ),
  ]);
  // Those of clouds ask servers at start that are not there elsewhere.
  const chosen = process.env["OTEL_NODE_RESOURCE_DETECTORS"] !== undefined;
  new packages.NodeSDK({
    instrumentations: [instrumentations],
    ...(chosen ? { resourceDetectors: packages.getResourceDetectors() } : {}),
  }).start();
  return instrumentations;
}

function standAside(how: string): void {
  warnOnce(
    "HOTSPAN_AGENT_OWN_SDK",
    `a tracer provider ${how}: @hotspan/agent/auto brings none and does what @hotspan/agent/register does`,
  );
}

function unavailable(reason: string): void {
  warnOnce("HOTSPAN_AGENT_SDK_UNAVAILABLE", `@hotspan/agent/auto starts no OpenTelemetry SDK, ${reason}`);
}
