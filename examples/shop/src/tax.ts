// tax: what the state gets. SHOP_TAX_VERSION says which release this instance runs.
import { type TaxLine, taxRates, taxReleases } from "./causes/version-1.1.ts";
import { HttpError, serve } from "./shared/server.ts";

const version = process.env["SHOP_TAX_VERSION"] ?? "1.0.0";
const applyTax = taxReleases[version];
if (applyTax === undefined) throw new Error(`SHOP_TAX_VERSION: no release ${version}`);
const rates = taxRates();

serve({
  "POST /tax": ({ body }) => {
    const lines = (body as { lines?: unknown } | undefined)?.lines;
    if (!Array.isArray(lines)) throw new HttpError(400, "lines must be a list");
    return { tax: applyTax(rates, lines as TaxLine[]) };
  },
});
