import { ACCOUNTS } from "./causes/key-derivation.ts";
import { FORMS } from "./causes/exec-sync.ts";
import { EXPORT_AFTER_MS } from "./causes/export-hog.ts";
import { READERS } from "./causes/gc-pressure.ts";
import { LABELS_AFTER_MS } from "./causes/hog-end.ts";
import { STOCKTAKE_AFTER_MS } from "./causes/hog-middle.ts";
import { WISHLISTS } from "./causes/n-plus-one.ts";
import { INVOICE_AFTER_MS } from "./causes/pool-starvation.ts";
import { PROFILE_AFTER_MS } from "./causes/pool-wait.ts";
import { SLOW_CATEGORY } from "./causes/slow-pricing.ts";
import { ADDRESSES } from "./causes/unequal.ts";
import { POSTERS } from "./causes/worker.ts";
import { CATEGORIES } from "./shared/catalogue.ts";
import { CARTS, cartId, WHOLESALE_SHARE, wholesaleCarts } from "./shared/carts.ts";
import { type Cause, plantedCauses } from "./shared/config.ts";
import { type Family, picker } from "./shared/family.ts";
import { type Random, seededRandom } from "./shared/random.ts";
import { type Optional, optionalServices } from "./shared/running.ts";

export interface ShopRequest {
  readonly method: "GET" | "POST";
  readonly endpoint: string;
  readonly path: string;
  readonly body?: string;
  /** The cause that makes this very request slow, where it is planted. */
  readonly planted?: Cause;
  /** Requests that somebody else makes soon after this one. */
  readonly followedBy?: readonly { readonly afterMs: number; readonly request: ShopRequest }[];
}

interface Kind {
  /** How often, in relation to the others. */
  readonly weight: number;
  /** Asked for only where this service runs. */
  readonly needs?: Optional;
  /** Whose requests these are, where they are rare. */
  readonly of?: Cause;
  readonly make: (random: Random) => ShopRequest;
}

type Extra = Pick<ShopRequest, "planted" | "followedBy">;
const get = (name: string, id: string, extra: Extra = {}, parameter = "id"): ShopRequest => ({
  method: "GET",
  endpoint: `GET /${name}/{${parameter}}`,
  path: `/${name}/${id}`,
  ...extra,
});
const post = (name: string, body: object, extra: Extra = {}): ShopRequest => ({
  method: "POST",
  endpoint: `POST /${name}`,
  path: `/${name}`,
  body: JSON.stringify(body),
  ...extra,
});

/** A member of a family; whether it is a heavy one decides whether the cause hits. */
function ofFamily(
  family: Family,
  seed: number,
  cause: Cause,
  make: (id: string, extra: Extra) => ShopRequest,
): (random: Random) => ShopRequest {
  const pick = picker(family, seed);
  return (random) => {
    const { id, heavy } = pick(random);
    return make(id, heavy ? { planted: cause } : {});
  };
}

function kinds(seed: number): readonly Kind[] {
  const large = wholesaleCarts(seed);
  const small = Array.from({ length: CARTS }, (_, n) => n).filter((n) => !large.includes(n));
  const number = (random: Random): string => String(random.below(1000));
  const anyInvoice = (random: Random): string => `i${random.below(50)}`;
  return [
    {
      weight: 30,
      make: (random) => {
        const isLarge = random.next() < WHOLESALE_SHARE;
        const id = cartId(random.pick(isLarge ? large : small));
        return get("cart", id, isLarge ? { planted: "large-cart" } : {});
      },
    },
    {
      weight: 16,
      make: (random) => {
        const category = random.pick(CATEGORIES);
        const extra: Extra = category === SLOW_CATEGORY ? { planted: "slow-pricing" } : {};
        return get("products", category, extra, "category");
      },
    },
    { weight: 10, make: (random) => post("orders", { cart: cartId(random.pick(small)) }) },
    {
      weight: 1.5,
      make: (random) =>
        post(
          "orders",
          { cart: cartId(random.pick(small)) },
          { planted: "export-hog", followedBy: [{ afterMs: EXPORT_AFTER_MS, request: post("export", {}) }] },
        ),
    },
    {
      weight: 8,
      of: "n-plus-one",
      make: ofFamily(WISHLISTS, seed, "n-plus-one", (id, extra) => get("wishlist", id, extra)),
    },
    {
      weight: 8,
      needs: "carrier",
      of: "unequal",
      make: ofFamily(ADDRESSES, seed, "unequal", (id, extra) => get("offers", id, extra)),
    },
    {
      weight: 4,
      needs: "carrier",
      make: (random) => post("feedback", { stars: 1 + random.below(5) }, { planted: "fire-and-forget" }),
    },
    {
      weight: 4,
      needs: "carrier",
      make: (random) =>
        get("delivery", number(random), {
          planted: "hog-middle",
          followedBy: [{ afterMs: STOCKTAKE_AFTER_MS, request: post("stocktake", {}) }],
        }),
    },
    {
      weight: 4,
      needs: "carrier",
      make: (random) =>
        get("pickup", number(random), {
          planted: "hog-end",
          followedBy: [{ afterMs: LABELS_AFTER_MS, request: post("labels", {}) }],
        }),
    },
    {
      weight: 8,
      needs: "accounts",
      of: "key-derivation",
      make: ofFamily(ACCOUNTS, seed, "key-derivation", (account, extra) =>
        post("login", { account, password: "correct horse" }, extra),
      ),
    },
    {
      weight: 8,
      needs: "accounts",
      of: "gc-pressure",
      make: ofFamily(READERS, seed, "gc-pressure", (id, extra) => get("recommendations", id, extra)),
    },
    {
      weight: 6,
      needs: "accounts",
      of: "pool-starvation",
      make: (random) => get("invoice", anyInvoice(random)),
    },
    {
      weight: 2,
      needs: "accounts",
      of: "pool-starvation",
      make: (random) => {
        const invoice = get("invoice", anyInvoice(random), { planted: "pool-starvation" });
        return post(
          "import",
          { batch: number(random) },
          { followedBy: [{ afterMs: INVOICE_AFTER_MS, request: invoice }] },
        );
      },
    },
    {
      weight: 8,
      needs: "accounts",
      of: "exec-sync",
      make: ofFamily(FORMS, seed, "exec-sync", (id, extra) => get("forms", id, extra)),
    },
    { weight: 6, needs: "accounts", of: "pool-wait", make: (random) => get("profile", number(random)) },
    {
      weight: 2,
      needs: "accounts",
      of: "pool-wait",
      make: (random) => {
        const profile = get("profile", number(random), { planted: "pool-wait" });
        return get("report", number(random), {
          followedBy: [
            { afterMs: 0, request: get("report", number(random)) },
            { afterMs: PROFILE_AFTER_MS, request: profile },
          ],
        });
      },
    },
    {
      weight: 8,
      needs: "accounts",
      of: "worker",
      make: ofFamily(POSTERS, seed, "worker", (id, extra) => get("poster", id, extra)),
    },
    { weight: 8, needs: "warehouse", make: (random) => get("route", number(random)) },
  ];
}

/** `SHOP_FOCUS`: causes whose requests come three times as often, whether or not they are planted. */
export function focused(text: string | undefined = process.env["SHOP_FOCUS"]): ReadonlySet<Cause> {
  return text === undefined || text === "" ? new Set() : plantedCauses(text);
}

/** An endless sequence of requests to the services that run for `causes`: the same for the same seed. */
export function* requests(
  seed: number,
  causes: ReadonlySet<Cause> = plantedCauses(),
  focus: ReadonlySet<Cause> = focused(),
): Generator<ShopRequest, never, void> {
  const random = seededRandom(seed, "requests");
  const running = optionalServices(causes);
  const asked = kinds(seed)
    .filter(({ needs }) => needs === undefined || running.includes(needs))
    .map((kind) =>
      kind.of !== undefined && focus.has(kind.of) ? { ...kind, weight: 3 * kind.weight } : kind,
    );
  const all = asked.reduce((sum, { weight }) => sum + weight, 0);
  for (;;) {
    let at = random.next() * all;
    const kind = asked.find(({ weight }) => (at -= weight) < 0);
    if (kind !== undefined) yield kind.make(random);
  }
}
