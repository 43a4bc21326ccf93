import { HttpError } from "./server.ts";

/** Calls another service of the shop: JSON in, JSON out. */
export async function call(base: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(
    `${base}${path}`,
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  );
  const answer = (await response.json()) as unknown;
  if (response.status === 404) throw new HttpError(404, "not found");
  if (!response.ok) throw new HttpError(502, `${base}${path} answered ${response.status}`);
  return answer;
}

/** The base address of another service, from the environment. */
export function upstream(variable: "CHECKOUT_URL" | "PRICING_URL"): string {
  const url = process.env[variable];
  if (url === undefined) throw new Error(`${variable} is not set: the address of that service`);
  return url.replace(/\/$/, "");
}
