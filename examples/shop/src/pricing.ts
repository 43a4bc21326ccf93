// pricing: what things cost. Every line is held against every rule.
import { catalogue } from "./shared/catalogue.ts";
import { shopSeed } from "./shared/config.ts";
import { priceLines, productPrices, rules } from "./rules.ts";
import { HttpError, serve } from "./shared/server.ts";

const products = catalogue(shopSeed());
const active = rules(shopSeed());

serve({
  "GET /prices/{category}": ({ params }) => productPrices(products, active, params["category"] ?? ""),
  "POST /quote": ({ body }) => {
    const lines = (body as { lines?: unknown } | undefined)?.lines;
    if (!Array.isArray(lines)) throw new HttpError(400, "lines must be a list");
    return priceLines(products, active, lines as { sku: string; quantity: number }[]);
  },
});
