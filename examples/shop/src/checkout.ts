// checkout: keeps the carts and turns them into orders.
import { createHash, createHmac } from "node:crypto";
import type { CarrierName } from "./carriers.ts";
import { buildCsv, EXPORT_LINES } from "./causes/export-hog.ts";
import { notifyCarrier } from "./causes/fire-and-forget.ts";
import { LABELS_MS, renderLabels } from "./causes/hog-end.ts";
import { countStock, STOCKTAKE_MS } from "./causes/hog-middle.ts";
import { type Cart, parseCart, WHOLESALE_CHANGES } from "./causes/large-cart.ts";
import { priceOneByOne, WISHLISTS, wishes } from "./causes/n-plus-one.ts";
import { ADDRESSES, askAll } from "./causes/unequal.ts";
import { CARTS, cartId, cartText, wholesaleCarts } from "./shared/carts.ts";
import { type Cause, plantedCauses, shopSeed } from "./shared/config.ts";
import { members } from "./shared/family.ts";
import { seededRandom } from "./shared/random.ts";
import { HttpError, serve } from "./shared/server.ts";
import { attribute } from "./shared/tracing.ts";
import { call, upstream } from "./shared/upstream.ts";

const seed = shopSeed();
const planted = plantedCauses();
const pricing = upstream("PRICING_URL");
const tax = upstream("TAX_URL", "TAX_NEXT_URL");
const carrier = upstream("CARRIER_URL");

const wholesale = new Set(planted.has("large-cart") ? wholesaleCarts(seed).map(cartId) : []);
const { least, most } = WHOLESALE_CHANGES;
const sizes = seededRandom(seed, "sizes");
const stored = new Map<string, string>();
for (let n = 0; n < CARTS; n++) {
  const id = cartId(n);
  const changes = wholesale.has(id) ? least + sizes.below(most - least) : 100 + sizes.below(200);
  stored.set(id, cartText(seed, id, changes));
}
const longLists = new Set(members(WISHLISTS, seed).heavy);
const islands = new Set(members(ADDRESSES, seed).heavy);

function load(id = ""): Cart {
  const text = stored.get(id);
  if (text === undefined) throw new HttpError(404, "no such cart");
  attribute("shop.customer", wholesale.has(id) ? "wholesale" : "retail");
  return parseCart(text);
}

interface Quote {
  readonly total: number;
  readonly lines: readonly { readonly sku: string; readonly price: number }[];
}
async function quote(lines: readonly { readonly sku: string; readonly quantity: number }[]): Promise<Quote> {
  return (await call(pricing(), "/quote", { lines })) as Quote;
}
const quoteCart = (cart: Cart): Promise<Quote> =>
  quote(cart.lines.map(({ sku, quantity }) => ({ sku, quantity })));

const ask = (name: CarrierName): Promise<unknown> => call(carrier(), `/carrier/${name}`);
const amount = (cause: Cause, amounts: { readonly planted: number; readonly otherwise: number }): number =>
  planted.has(cause) ? amounts.planted : amounts.otherwise;

serve({
  "GET /cart/{id}": async ({ params }) => {
    const cart = load(params["id"]);
    const { total, lines } = await quoteCart(cart);
    return { id: cart.id, customer: cart.customer, openedAt: cart.openedAt, total, lines };
  },
  "POST /orders": async ({ body }) => {
    const cart = load((body as { cart?: string } | undefined)?.cart);
    const { total, lines } = await quoteCart(cart);
    const { tax: taxes } = (await call(tax(), "/tax", {
      lines: lines.map(({ sku, price }) => ({ sku, price })),
    })) as { tax: number };
    const receipt = createHmac("sha256", "shop").update(`${cart.id}:${cart.customer}:${total}`).digest("hex");
    return { order: receipt.slice(0, 12), total, taxes };
  },
  "POST /export": () => {
    const csv = buildCsv(amount("export-hog", EXPORT_LINES));
    return { bytes: csv.length, file: `${createHash("sha256").update(csv).digest("hex").slice(0, 12)}.csv` };
  },
  "GET /wishlist/{id}": async ({ params }) => {
    const id = params["id"] ?? "";
    const skus = wishes(seed, id, longLists.has(id));
    attribute("shop.wishes", skus.length);
    if (!planted.has("n-plus-one")) {
      return { id, total: (await quote(skus.map((sku) => ({ sku, quantity: 1 })))).total };
    }
    const price = async (sku: string): Promise<number> =>
      ((await call(pricing(), `/price/${sku}`)) as { price: number }).price;
    return { id, total: await priceOneByOne(skus, price) };
  },
  "GET /offers/{id}": async ({ params }) => {
    const island = planted.has("unequal") && islands.has(params["id"] ?? "");
    attribute("shop.address", island ? "island" : "mainland");
    return { offers: await askAll(island ? ["north", "west", "islands"] : ["north", "west"], ask) };
  },
  "POST /feedback": () => {
    if (planted.has("fire-and-forget")) notifyCarrier(() => ask("islands"));
    return { thanks: true };
  },
  "GET /delivery/{id}": ({ params }) => ask("harbour").then((offer) => ({ id: params["id"], offer })),
  "POST /stocktake": () => countStock(amount("hog-middle", STOCKTAKE_MS)),
  "GET /pickup/{id}": ({ params }) => ask("harbour").then((offer) => ({ id: params["id"], offer })),
  "POST /labels": () => renderLabels(amount("hog-end", LABELS_MS)),
});
