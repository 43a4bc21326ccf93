import { CATEGORIES } from "./shared/catalogue.ts";
import { CARTS, cartId, WHOLESALE_SHARE, wholesaleCarts } from "./shared/carts.ts";
import { seededRandom } from "./shared/random.ts";

export interface ShopRequest {
  readonly method: "GET" | "POST";
  readonly endpoint: string;
  readonly path: string;
  readonly body?: string;
}

/** An endless sequence of requests: 55 % carts (5 % of them wholesale), 30 % products, 15 % orders. */
export function* requests(seed: number): Generator<ShopRequest, never, void> {
  const random = seededRandom(seed, "requests");
  const large = wholesaleCarts(seed);
  const small = Array.from({ length: CARTS }, (_, n) => n).filter((n) => !large.includes(n));
  for (;;) {
    const kind = random.next();
    if (kind < 0.55) {
      const n = random.pick(random.next() < WHOLESALE_SHARE ? large : small);
      yield { method: "GET", endpoint: "GET /cart/{id}", path: `/cart/${cartId(n)}` };
    } else if (kind < 0.85) {
      const category = random.pick(CATEGORIES);
      yield { method: "GET", endpoint: "GET /products/{category}", path: `/products/${category}` };
    } else {
      const body = JSON.stringify({ cart: cartId(random.pick(small)) });
      yield { method: "POST", endpoint: "POST /orders", path: "/orders", body };
    }
  }
}
