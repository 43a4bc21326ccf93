import type { Ledger, Trace } from "@hotspan/query-api/types";
import { type ApiTarget, getApi } from "../api.ts";
import { CliError, EXIT } from "../errors.ts";
import { inMs, printable, renderLedger, stateWords } from "../text/ledger.ts";

/** Prints where the time of a trace, or of one of its spans, went. Resolves to the exit code: 1 without a ledger. */
export async function why(
  target: ApiTarget,
  trace: string,
  span: string | undefined,
  json: boolean,
): Promise<number> {
  const traceId = idOf(trace, 32, "trace");
  const spanId = span === undefined ? undefined : idOf(span, 16, "span");
  const at = `/traces/${traceId}`;
  const path = spanId === undefined ? at : `${at}/spans/${spanId}`;
  const ledger = await getApi<Ledger>(target, `${path}/ledger`);
  const code = ledger.state === "ready" ? EXIT.ok : EXIT.failure;
  if (json) {
    process.stdout.write(`${JSON.stringify(ledger, undefined, 2)}\n`);
    return code;
  }
  const { spans } = await getApi<Trace>(target, at);
  const name = spans.find((one) => one.spanId === ledger.spanId)?.name ?? ledger.spanId;
  const start = new Date(Number(BigInt(ledger.startUnixNano) / 1_000_000n)).toISOString();
  const what = spanId === undefined ? "trace" : "span";
  process.stdout.write(
    `${printable(`${ledger.service} ${name}`)}: ${inMs(ledger.durationNano)} ms at ${start}\n${what} ${spanId ?? traceId}${ledger.instance === null ? "" : `, instance ${ledger.instance} thread ${ledger.thread}`}\n\n`,
  );
  process.stdout.write(
    ledger.state === "ready"
      ? `${renderLedger(ledger)}\n`
      : `No ledger: ${stateWords(ledger.state)} (${ledger.state}).\n`,
  );
  return code;
}

function idOf(text: string, digits: number, what: string): string {
  const id = text.trim().toLowerCase();
  if (/^[0-9a-f]+$/.test(id) && id.length === digits) return id;
  throw new CliError(
    "HOTSPAN_CLI_USAGE",
    `a ${what} id is ${digits} hex digits, not ${JSON.stringify(text)}`,
  );
}
