// Planted cause `slow-pricing`: a service answers slowly because the one behind it works long.
//
// - where: pricing, `GET /prices/{category}` → `forecastDemand`; seen from the gateway's `GET /products/{category}`
// - share: the category "garden", one in seven of these requests
// - truth: ~120 ms of CPU in pricing (`cpu.self` there); at the gateway `wait.child`, part `remote`. Quotes that reach
//   pricing meanwhile wait for its loop.

export const SLOW_CATEGORY = "garden";
const DAYS = 365;

/** Sold pieces per day: a season, a trend and some noise. */
function sales(product: number): Float64Array {
  return Float64Array.from({ length: DAYS }, (_, day) => {
    const season = 20 + 12 * Math.sin(((day + product) * 2 * Math.PI) / DAYS);
    return season + day / 60 + ((day * 7919 + product * 104_729) % 17);
  });
}

/** Tomorrow's demand by double exponential smoothing; the two factors are those that would have erred least so far. */
export function forecastDemand(product: number, steps = 29): number {
  const history = sales(product);
  let least = Infinity;
  let forecast = 0;
  for (let a = 1; a < steps; a++) {
    for (let b = 1; b < steps; b++) {
      let level = history[0] ?? 0;
      let trend = 0;
      let error = 0;
      for (let day = 1; day < DAYS; day++) {
        const sold = history[day] ?? 0;
        const expected = level + trend;
        error += (sold - expected) ** 2;
        const next = (a / steps) * sold + (1 - a / steps) * expected;
        trend = (b / steps) * (next - level) + (1 - b / steps) * trend;
        level = next;
      }
      if (error < least) {
        least = error;
        forecast = level + trend;
      }
    }
  }
  return forecast;
}
