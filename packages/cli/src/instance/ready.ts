import { setTimeout as sleep } from "node:timers/promises";
import { CliError, messageOf } from "../errors.ts";
import type { Child } from "../process/child.ts";
import { readable } from "../text/log-lines.ts";

/** Being not ready for so long is worth a word to whoever waits. */
const TALK_AFTER_MS = 3000;

/** What `URL/readyz` says: ready, or why not. */
export async function readiness(
  url: string,
  timeoutMs = 2000,
): Promise<{ readonly ready: boolean; readonly detail: string; readonly paused?: string }> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    const said = saidBy(text);
    return {
      ready: response.status === 200,
      detail: said ?? `${response.status} ${text.slice(0, 300).trim()}`.trim(),
      // A correlator takes nothing although it is well: for want of room.
      ...(said?.startsWith("ingest pauses: ") === true ? { paused: said } : {}),
    };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return { ready: false, detail: messageOf(cause ?? error) };
  }
}

/** Why a server is not ready, in its words. */
function saidBy(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === "string" ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves once the child answers `/readyz` with 200, or says that ingest pauses: to why. Throws HOTSPAN_CLI_NOT_READY with what it said last. */
export async function untilReady(
  child: Child,
  timeoutMs: number,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<string | undefined> {
  const started = performance.now();
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const { ready, detail, paused } = await readiness(child.url ?? "http://127.0.0.1:1");
    if (ready || paused !== undefined) return paused;
    if (performance.now() > deadline) {
      throw new CliError(
        "HOTSPAN_CLI_NOT_READY",
        `${child.name} listens but did not become ready in ${timeoutMs / 1000} s: ${detail}\n` +
          `Its last lines (${child.log.path}):\n${readable(child.log.lastLines())}`,
      );
    }
    if (performance.now() - started > TALK_AFTER_MS) tell(`waiting: ${detail.slice(0, 200)}`);
    await sleep(50);
  }
}
