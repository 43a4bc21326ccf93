// For whoever starts the shop (`start.ts`, `hotspan demo`): which programs it consists of, in the order to start them.
import { fileURLToPath } from "node:url";

export interface ShopProgram {
  readonly name: "pricing" | "checkout" | "gateway" | "load";
  /** Absolute path of the program. */
  readonly entry: string;
  /** Arguments for Node that must stand before the program. */
  readonly execArgv: readonly string[];
  /** The variable by which the programs after this one learn its address (sent over IPC as `{type:"listening", url}`). */
  readonly urlVariable?: string;
  readonly env: Readonly<Record<string, string>>;
}

const path = (url: URL): string => fileURLToPath(url);

function service(name: "pricing" | "checkout" | "gateway", entry: URL, version: string): ShopProgram {
  return {
    name,
    entry: path(entry),
    execArgv: ["--import", new URL("./telemetry.js", import.meta.url).href],
    urlVariable: `${name.toUpperCase()}_URL`,
    env: {
      OTEL_SERVICE_NAME: name,
      OTEL_RESOURCE_ATTRIBUTES: `service.namespace=shop,service.version=${version},deployment.environment.name=demo`,
    },
  };
}

/** The three services, in the order to start them; the load comes last, when the gateway answers. */
export const services: readonly ShopProgram[] = [
  service("pricing", new URL("./pricing.js", import.meta.url), "2.3.1"),
  service("checkout", new URL("./checkout.js", import.meta.url), "1.8.0"),
  service("gateway", new URL("./gateway.js", import.meta.url), "4.0.2"),
];
export const load: ShopProgram = {
  name: "load",
  entry: path(new URL("./load.js", import.meta.url)),
  execArgv: [],
  env: {},
};
