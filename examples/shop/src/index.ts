// For whoever starts the shop (`start.ts`, `hotspan demo`): which programs it consists of, in the order to start them.
import { fileURLToPath } from "node:url";
import { type Cause, plantedCauses } from "./shared/config.ts";
import { type Optional, optionalServices } from "./shared/running.ts";

export { type ShopRequest, requests } from "./requests.ts";
export { type Cause, CAUSES } from "./shared/config.ts";
export { optionalServices } from "./shared/running.ts";
export { type Truth, truths } from "./truths.ts";

type Service = "pricing" | "tax" | "checkout" | "gateway" | Optional;

export interface ShopProgram {
  /** Unique among the programs; instances of one service differ in it. */
  readonly name: Service | "tax-next" | "load";
  /** Absolute path of the program. */
  readonly entry: string;
  /** Arguments for Node that must stand before the program. */
  readonly execArgv: readonly string[];
  /** The variable by which the programs after this one learn its address (sent over IPC as `{type:"listening", url}`). */
  readonly urlVariable?: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Shop {
  /** Those of one stage may start together; the next needs their addresses. To be ended in the opposite order. */
  readonly stages: readonly (readonly ShopProgram[])[];
  /** Comes last, when the gateway answers. */
  readonly load: ShopProgram;
}

const path = (url: URL): string => fileURLToPath(url);
const TELEMETRY = new URL("./telemetry.js", import.meta.url).href;

function service(
  name: Service,
  entry: URL,
  version: string,
  { as = name, env = {} }: { as?: ShopProgram["name"]; env?: Record<string, string> } = {},
): ShopProgram {
  return {
    name: as,
    entry: path(entry),
    execArgv: ["--import", TELEMETRY],
    urlVariable: `${as.toUpperCase().replace("-", "_")}_URL`,
    env: {
      OTEL_SERVICE_NAME: name,
      OTEL_RESOURCE_ATTRIBUTES: `service.namespace=shop,service.version=${version},deployment.environment.name=demo`,
      ...env,
    },
  };
}

const tax = (version: string, as: "tax" | "tax-next"): ShopProgram =>
  service("tax", new URL("./tax.js", import.meta.url), version, { as, env: { SHOP_TAX_VERSION: version } });

const optional: Readonly<Record<Optional, ShopProgram>> = {
  carrier: service("carrier", new URL("./carrier.js", import.meta.url), "0.9.4"),
  accounts: service("accounts", new URL("./accounts.js", import.meta.url), "3.2.0"),
  warehouse: service("warehouse", new URL("./warehouse.js", import.meta.url), "1.0.7"),
};

/** The programs that these causes need: four services always, three only where one of their causes is planted. */
export function shop(causes: ReadonlySet<Cause> = plantedCauses()): Shop {
  return {
    stages: [
      [
        service("pricing", new URL("./pricing.js", import.meta.url), "2.3.1"),
        tax("1.0.0", "tax"),
        ...(causes.has("version-1.1") ? [tax("1.1.0", "tax-next")] : []),
        ...optionalServices(causes).map((name) => optional[name]),
      ],
      [service("checkout", new URL("./checkout.js", import.meta.url), "1.8.0")],
      [service("gateway", new URL("./gateway.js", import.meta.url), "4.0.2")],
    ],
    load: { name: "load", entry: path(new URL("./load.js", import.meta.url)), execArgv: [], env: {} },
  };
}
