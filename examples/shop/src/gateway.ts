// gateway: the shop's public door.
import { serve } from "./shared/server.ts";
import { call, upstream } from "./shared/upstream.ts";

const checkout = upstream("CHECKOUT_URL");
const pricing = upstream("PRICING_URL");

serve({
  "GET /cart/{id}": ({ params }) => call(checkout, `/cart/${params["id"]}`),
  "GET /products/{category}": ({ params }) => call(pricing, `/prices/${params["category"]}`),
  "POST /orders": ({ body }) => call(checkout, "/orders", body),
});
