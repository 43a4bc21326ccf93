// The carriers' own time to answer, ms. They are third parties: all that the shop sees of them is that an answer takes
// time, so a timer stands for them, and nothing else in the shop sleeps (but for the databases of `pool-wait` and `n-plus-one`).
export const CARRIER_MS = { north: 40, west: 90, islands: 220, harbour: 250 } as const;
export type CarrierName = keyof typeof CARRIER_MS;
