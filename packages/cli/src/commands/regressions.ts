import type { Regressions } from "@hotspan/query-api/types";
import { type ApiTarget, getApi, queryOf } from "../api.ts";
import { EXIT } from "../errors.ts";
import { aligned, causeWords, inMs, printable } from "../text/ledger.ts";

export interface RegressionsOptions extends ApiTarget {
  readonly service?: string;
  readonly endpoint?: string;
  readonly from?: string;
  readonly to?: string;
  readonly fail?: boolean;
  readonly json?: boolean;
}

/** Prints which endpoints a version made slower. Resolves to the exit code: with `fail` 1 when there is one. */
export async function regressions(options: RegressionsOptions): Promise<number> {
  const { service, endpoint, from, to } = options;
  const answer = await getApi<Regressions>(
    options,
    `/regressions${queryOf({ service, endpoint, from, to })}`,
  );
  process.stdout.write(
    options.json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : render(answer.regressions),
  );
  return options.fail === true && answer.regressions.length > 0 ? EXIT.failure : EXIT.ok;
}

function render(list: Regressions["regressions"]): string {
  if (list.length === 0) return "No endpoint became slower by more than chance.\n";
  const blocks = list.map((one) => {
    const causes = one.top.map((cause) => [
      "",
      `+${inMs((cause.rest ?? cause).deltaNano)} ms`,
      causeWords(cause),
    ]);
    const head = `${one.service} ${one.endpoint}: ${inMs(one.deltaNano)} ms slower from ${one.from} to ${one.to} (p ${one.p < 0.001 ? "< 0.001" : one.p.toFixed(3)})`;
    return [printable(head), ...aligned(causes, [1])].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}
