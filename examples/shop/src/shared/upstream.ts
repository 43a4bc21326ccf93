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

/**
 * Where another service is, from the environment: one variable per instance, which take turns. A service that was not
 * started is missed by the request that needs it.
 */
export function upstream(...variables: readonly `${string}_URL`[]): () => string {
  const urls = variables.flatMap((variable) => process.env[variable]?.replace(/\/$/, "") ?? []);
  let turn = 0;
  return () => {
    const url = urls[turn++ % urls.length];
    if (url === undefined) throw new HttpError(503, `${variables.join(", ")}: no address of that service`);
    return url;
  };
}
