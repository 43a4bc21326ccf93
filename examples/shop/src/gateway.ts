// gateway: the shop's public door. Services that were not started have no address, and their paths answer 503.
import { serve } from "./shared/server.ts";
import { call, upstream } from "./shared/upstream.ts";

const checkout = upstream("CHECKOUT_URL");
const pricing = upstream("PRICING_URL");
const accounts = upstream("ACCOUNTS_URL");
const warehouse = upstream("WAREHOUSE_URL");

serve({
  "GET /cart/{id}": ({ params }) => call(checkout(), `/cart/${params["id"]}`),
  "POST /orders": ({ body }) => call(checkout(), "/orders", body),
  "POST /export": ({ body }) => call(checkout(), "/export", body),
  "GET /wishlist/{id}": ({ params }) => call(checkout(), `/wishlist/${params["id"]}`),
  "GET /offers/{id}": ({ params }) => call(checkout(), `/offers/${params["id"]}`),
  "POST /feedback": ({ body }) => call(checkout(), "/feedback", body),
  "GET /delivery/{id}": ({ params }) => call(checkout(), `/delivery/${params["id"]}`),
  "POST /stocktake": ({ body }) => call(checkout(), "/stocktake", body),
  "GET /pickup/{id}": ({ params }) => call(checkout(), `/pickup/${params["id"]}`),
  "POST /labels": ({ body }) => call(checkout(), "/labels", body),
  "GET /products/{category}": ({ params }) => call(pricing(), `/prices/${params["category"]}`),
  "POST /login": ({ body }) => call(accounts(), "/login", body),
  "GET /recommendations/{id}": ({ params }) => call(accounts(), `/recommendations/${params["id"]}`),
  "POST /import": ({ body }) => call(accounts(), "/import", body),
  "GET /invoice/{id}": ({ params }) => call(accounts(), `/invoice/${params["id"]}`),
  "GET /forms/{id}": ({ params }) => call(accounts(), `/forms/${params["id"]}`),
  "GET /report/{id}": ({ params }) => call(accounts(), `/report/${params["id"]}`),
  "GET /profile/{id}": ({ params }) => call(accounts(), `/profile/${params["id"]}`),
  "GET /poster/{id}": ({ params }) => call(accounts(), `/poster/${params["id"]}`),
  "GET /route/{id}": ({ params }) => call(warehouse(), `/route/${params["id"]}`),
});
