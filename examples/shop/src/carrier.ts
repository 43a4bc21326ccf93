// carrier: other companies' parcel services.
import { setTimeout as passes } from "node:timers/promises";
import { CARRIER_MS, type CarrierName } from "./carriers.ts";
import { HttpError, serve } from "./shared/server.ts";

serve({
  "GET /carrier/{name}": async ({ params }) => {
    const name = params["name"] ?? "";
    if (!Object.hasOwn(CARRIER_MS, name)) throw new HttpError(404, "no such carrier");
    await passes(CARRIER_MS[name as CarrierName]);
    return { carrier: name, price: 490 };
  },
});
