// warehouse: the way through the shelves.
import { planRoute, throttleMe } from "./causes/stalled.ts";
import { plantedCauses, shopSeed } from "./shared/config.ts";
import { seededRandom } from "./shared/random.ts";
import { serve } from "./shared/server.ts";

/** So that a route takes ~60 ms. */
const SHELVES = 410;
const seed = shopSeed();
const stop = plantedCauses().has("stalled") ? throttleMe() : (): void => undefined;

serve(
  {
    "GET /route/{id}": ({ params }) => {
      const random = seededRandom(seed, params["id"]);
      const shelves = Array.from({ length: SHELVES }, () => ({ x: random.next(), y: random.next() }));
      return { metres: Math.round(planRoute(shelves) * 100) };
    },
  },
  stop,
);
