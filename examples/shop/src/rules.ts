import { CATEGORIES, type Product } from "./shared/catalogue.ts";
import { seededRandom } from "./shared/random.ts";

export interface Rule {
  readonly name: string;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  readonly skuPattern: RegExp;
  readonly leastQuantity: number;
  /** Parts of a thousand. */
  readonly discount: number;
}

export interface PricedLine {
  readonly sku: string;
  readonly quantity: number;
  /** Cents for all pieces. */
  readonly price: number;
  readonly rules: readonly string[];
}

export function rules(seed: number, count = 400): readonly Rule[] {
  const random = seededRandom(seed, "rules");
  return Array.from({ length: count }, (_, i) => ({
    name: `rule-${i}`,
    categories: CATEGORIES.filter(() => random.next() < 0.3),
    tags: random.next() < 0.5 ? [random.pick(["new", "sale", "gift", "season"])] : [],
    skuPattern: new RegExp(`^sku-\\d*[${random.below(10)}${random.below(10)}]\\d*$`),
    leastQuantity: 1 + random.below(4),
    discount: random.below(120),
  }));
}

function applies(rule: Rule, product: Product, quantity: number): boolean {
  return (
    quantity >= rule.leastQuantity &&
    rule.categories.includes(product.category) &&
    rule.tags.every((tag) => product.tags.includes(tag)) &&
    rule.skuPattern.test(product.sku)
  );
}

/** The best two rules may be combined: all pairs are tried. */
export function bestDiscount(matching: readonly Rule[]): {
  readonly share: number;
  readonly names: readonly string[];
} {
  let share = 0;
  let names: readonly string[] = [];
  for (const a of matching) {
    for (const b of matching) {
      const combined = a === b ? a.discount : a.discount + b.discount - (a.discount * b.discount) / 1000;
      if (combined > share) {
        share = combined;
        names = a === b ? [a.name] : [a.name, b.name];
      }
    }
  }
  return { share: Math.min(share, 300), names };
}

function priceOne(all: readonly Rule[], product: Product, quantity: number): PricedLine {
  const matching = all.filter((rule) => applies(rule, product, quantity));
  const best = bestDiscount(matching);
  const price = Math.round((product.listPrice * quantity * (1000 - best.share)) / 1000);
  return { sku: product.sku, quantity, price, rules: best.names };
}

export function priceLines(
  products: readonly Product[],
  all: readonly Rule[],
  lines: readonly { readonly sku: string; readonly quantity: number }[],
): { readonly total: number; readonly lines: readonly PricedLine[] } {
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const priced: PricedLine[] = [];
  for (const { sku, quantity } of lines) {
    const product = bySku.get(sku);
    if (product !== undefined) priced.push(priceOne(all, product, quantity));
  }
  return { total: priced.reduce((sum, line) => sum + line.price, 0), lines: priced };
}

export function productPrices(
  products: readonly Product[],
  all: readonly Rule[],
  category: string,
): { readonly products: readonly (PricedLine & { readonly name: string })[] } {
  const inCategory = products.filter((product) => product.category === category);
  return { products: inCategory.map((product) => ({ name: product.name, ...priceOne(all, product, 1) })) };
}
