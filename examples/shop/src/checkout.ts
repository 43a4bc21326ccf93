// checkout: keeps the carts and turns them into orders.
import { createHmac } from "node:crypto";
import { type Cart, parseCart, WHOLESALE_CHANGES } from "./causes/large-cart.ts";
import { CARTS, cartId, cartText, wholesaleCarts } from "./shared/carts.ts";
import { plantedCauses, shopSeed } from "./shared/config.ts";
import { seededRandom } from "./shared/random.ts";
import { HttpError, serve } from "./shared/server.ts";
import { call, upstream } from "./shared/upstream.ts";

const seed = shopSeed();
const pricing = upstream("PRICING_URL");
const wholesale = new Set(plantedCauses().has("large-cart") ? wholesaleCarts(seed) : []);
const { least, most } = WHOLESALE_CHANGES;
const sizes = seededRandom(seed, "sizes");
const stored = new Map<string, string>();
for (let n = 0; n < CARTS; n++) {
  const changes = wholesale.has(n) ? least + sizes.below(most - least) : 100 + sizes.below(200);
  stored.set(cartId(n), cartText(seed, cartId(n), changes));
}

function load(id: string | undefined): Cart {
  const text = stored.get(id ?? "");
  if (text === undefined) throw new HttpError(404, "no such cart");
  return parseCart(text);
}

async function quote(cart: Cart): Promise<{ total: number; lines: unknown[] }> {
  const lines = cart.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  return (await call(pricing, "/quote", { lines })) as { total: number; lines: unknown[] };
}

serve({
  "GET /cart/{id}": async ({ params }) => {
    const cart = load(params["id"]);
    const { total, lines } = await quote(cart);
    return { id: cart.id, customer: cart.customer, openedAt: cart.openedAt, total, lines };
  },
  "POST /orders": async ({ body }) => {
    const cart = load((body as { cart?: string } | undefined)?.cart);
    const { total } = await quote(cart);
    const receipt = createHmac("sha256", "shop").update(`${cart.id}:${cart.customer}:${total}`).digest("hex");
    return { order: receipt.slice(0, 12), total };
  },
});
