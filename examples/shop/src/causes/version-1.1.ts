// Planted cause `version-1.1`: a deploy made one function slower.
//
// - where: tax, `POST /tax` → `applyTax`; two instances share the load, one of version 1.0.0, one of 1.1.0
// - share: every request that meets 1.1.0, half of them (checkout takes turns)
// - truth: `applyTax` looks each line's rate up in a sorted table in 1.0.0 (under 1 ms a request) and walks all of it for
//   each line in 1.1.0: ~60 ms of CPU (`cpu.self`). Without the cause only 1.0.0 runs.

export interface TaxLine {
  readonly sku: string;
  /** Cents. */
  readonly price: number;
}
interface Rate {
  readonly sku: string;
  /** Parts of a thousand. */
  readonly rate: number;
}

/** Rates per product and region, sorted by sku; the last entry of a product holds. */
export function taxRates(products = 500, regions = 200): readonly Rate[] {
  const rates: Rate[] = [];
  for (let product = 0; product < products; product++) {
    const sku = `sku-${String(product).padStart(4, "0")}`;
    for (let region = 0; region < regions; region++) rates.push({ sku, rate: product % 3 === 0 ? 70 : 190 });
  }
  return rates;
}

const tax = (price: number, rate: number): number => Math.round((price * rate) / 1000);

type ApplyTax = (rates: readonly Rate[], lines: readonly TaxLine[]) => number;

// Both releases name it alike, as two deploys of one function do: that is how they are compared.
function release10(): ApplyTax {
  return function applyTax(rates, lines) {
    let total = 0;
    for (const { sku, price } of lines) {
      let low = 0;
      let high = rates.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((rates[middle]?.sku ?? "") <= sku) low = middle + 1;
        else high = middle;
      }
      const found = rates[low - 1];
      if (found?.sku === sku) total += tax(price, found.rate);
    }
    return total;
  };
}

function release11(): ApplyTax {
  return function applyTax(rates, lines) {
    let total = 0;
    for (const { sku, price } of lines) {
      let rate: number | undefined;
      for (const entry of rates) {
        if (entry.sku.toUpperCase() === sku.toUpperCase()) rate = entry.rate;
      }
      if (rate !== undefined) total += tax(price, rate);
    }
    return total;
  };
}

export const taxReleases: Readonly<Record<string, ApplyTax>> = {
  "1.0.0": release10(),
  "1.1.0": release11(),
};
