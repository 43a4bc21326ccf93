// pricing: what things cost. Every line is held against every rule.
import { lookUp } from "./causes/n-plus-one.ts";
import { forecastDemand, SLOW_CATEGORY } from "./causes/slow-pricing.ts";
import { catalogue } from "./shared/catalogue.ts";
import { plantedCauses, shopSeed } from "./shared/config.ts";
import { priceLines, productPrices, rules } from "./rules.ts";
import { HttpError, serve } from "./shared/server.ts";

const products = catalogue(shopSeed());
const active = rules(shopSeed());
const forecasts = plantedCauses().has("slow-pricing");

serve({
  "GET /prices/{category}": ({ params }) => {
    const category = params["category"] ?? "";
    const prices = productPrices(products, active, category);
    if (!forecasts || category !== SLOW_CATEGORY) return prices;
    return { ...prices, demand: prices.products.map((_, n) => Math.round(forecastDemand(n))) };
  },
  "GET /price/{sku}": async ({ params }) => {
    const [line] = priceLines(products, active, [{ sku: params["sku"] ?? "", quantity: 1 }]).lines;
    if (line === undefined) throw new HttpError(404, "no such product");
    return lookUp(line);
  },
  "POST /quote": ({ body }) => {
    const lines = (body as { lines?: unknown } | undefined)?.lines;
    if (!Array.isArray(lines)) throw new HttpError(400, "lines must be a list");
    return priceLines(products, active, lines as { sku: string; quantity: number }[]);
  },
});
