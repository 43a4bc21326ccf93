import { setTimeout as sleep } from "node:timers/promises";
import type { RootCause, RootCauseBody } from "@hotspan/query-api/types";
import type { Demo } from "../support/demo.ts";

async function post(up: Demo, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${up.run.url.replace(/\/$/, "")}/api/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} ${JSON.stringify(body)}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Until the store has all that was sent: its tables stay as they are for a while. */
export async function settled(up: Demo): Promise<void> {
  const query = "SELECT (SELECT count() FROM otel_traces), (SELECT count() FROM profile_windows)";
  let last = "";
  let equal = 0;
  for (const deadline = Date.now() + 60_000; equal < 4; ) {
    if (Date.now() > deadline) throw new Error("the store still grows a minute after the app ended");
    await sleep(1000);
    const { rows } = (await post(up, "sql", { query })) as { rows: unknown[] };
    const counts = JSON.stringify(rows);
    equal = counts === last ? equal + 1 : 0;
    last = counts;
  }
}

export async function rootCause(up: Demo, question: RootCauseBody): Promise<RootCause> {
  return (await post(up, "root-cause", question)) as RootCause;
}
