import type { Contribution, Frame, Ledger, LedgerClass, WaitPart } from "@hotspan/query-api/types";

export const CLASS_WORDS: Readonly<Record<LedgerClass, string>> = {
  "cpu.self": "Own code on CPU",
  "cpu.child": "Child spans’ code on CPU",
  "blocked.sync": "Blocked in a synchronous call",
  gc: "Garbage collection",
  runtime: "Node.js runtime",
  "loop.held": "Loop held by other work",
  "wait.child": "Waiting for a child span",
  "wait.pool": "Waiting for the thread pool",
  "wait.other": "Waiting for something else",
  stalled: "Stalled: ready, but given no CPU",
  unprofiled: "Unprofiled",
};

const PART_WORDS: Readonly<Record<WaitPart, string>> = {
  remote: "Remote work",
  network: "Network",
  overlapped: "Overlapped, delayed nothing",
  loop_return: "Loop lag on return",
};

const STATE_WORDS: Readonly<Record<Exclude<Ledger["state"], "ready">, string>> = {
  pending: "its window has not arrived yet: ask again in a few seconds",
  too_short: "it is shorter than one sampling period; look at the endpoint's aggregate instead",
  not_sampled: "sampling was off while it ran",
  no_agent: "no agent was seen in its process",
  lost: "its window was lost",
  expired: "it is older than what is kept",
  unsupported: "its platform cannot be sampled",
};

export const stateWords = (state: Exclude<Ledger["state"], "ready">): string => STATE_WORDS[state];

const BAR = 24;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

export function bar(share: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * BAR * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}

/** One decimal. */
export function inMs(nano: number): string {
  return (nano / 1e6).toFixed(1);
}

export function frameWords({ function: name, file, line }: Frame): string {
  return file === null ? name : `${name} ${file}${line === null ? "" : `:${line}`}`;
}

const widthOf = (cell: string): number => Array.from(cell).length;

/** Names come from outside: what would move the terminal's cursor is shown as a box. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "�");
}

/** Lines of cells, columns aligned; `right` names those that stand right. */
export function aligned(cells: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const rows = cells.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  const pad = (cell: string, i: number): string => {
    const space = " ".repeat((widths[i] ?? 0) - widthOf(cell));
    return right.includes(i) ? space + cell : cell + space;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}

function rowCells(
  words: string,
  row: Pick<Ledger["rows"][number], "nano" | "share" | "low" | "high">,
): string[] {
  const share = `${(row.share * 100).toFixed(1)} %`;
  return [words, inMs(row.nano), `${inMs(row.low)}–${inMs(row.high)}`, share, bar(row.share)];
}

/** The ledger as text: its rows and their sum, who held the loop, the children. */
export function renderLedger(ledger: Ledger): string {
  const heads = ["", "ms", "low–high", "share", ""];
  const rows = ledger.rows.flatMap((row) => [
    rowCells(CLASS_WORDS[row.class], row),
    ...(row.parts ?? [])
      .filter((part) => part.nano > 0)
      .map((part) => rowCells(`  ${PART_WORDS[part.class]}`, part).slice(0, 4)),
    ...(row.top ?? [])
      .slice(0, row.class.startsWith("wait") || row.class === "loop.held" ? 0 : 3)
      .map(({ frame, nano }) => [`  ${frameWords(frame)}`, inMs(nano)]),
  ]);
  const sum = ["Sum", inMs(ledger.durationNano), "", "100.0 %"];
  const parts = [aligned([heads, ...rows, sum], [1, 2, 3]).join("\n")];
  if (ledger.blame.length > 0) {
    const lines = ledger.blame.map((one) => [
      `  ${one.endpoint ?? nobodys[one.kind]}`,
      // Of work without a stack its kind is all there is to say.
      one.frame.function.startsWith("(") ? "" : frameWords(one.frame),
      inMs(one.nano),
      one.traceId === null ? "" : `trace ${one.traceId}`,
    ]);
    parts.push(["Who held the loop, ms", ...aligned(lines, [2])].join("\n"));
  }
  if (ledger.children.length > 0) {
    const known = (nano: number | null): string => (nano === null ? "?" : inMs(nano));
    const lines = ledger.children.map((child) => [
      `  ${child.name}`,
      child.kind,
      inMs(child.openNano),
      inMs(child.queuedNano),
      known(child.remoteNano),
      known(child.networkNano),
      `${inMs(child.loopReturnNano.low)}–${inMs(child.loopReturnNano.high)}`,
    ]);
    const childHeads = ["Child spans, ms", "", "open", "queued", "remote", "network", "loop lag on return"];
    parts.push(aligned([childHeads, ...lines], [2, 3, 4, 5, 6]).join("\n"));
  }
  const { ticks, lostTicks, windows, method } = ledger.coverage;
  parts.push(
    `${ticks} ticks, ${lostTicks} lost, of ${windows} ${windows === 1 ? "window" : "windows"}; edges by ${method}`,
  );
  return parts.join("\n\n");
}

const nobodys: Readonly<Record<Ledger["blame"][number]["kind"], string>> = {
  request: "A request without a name",
  unlabelled: "No request",
  gc: "Garbage collection",
  runtime: "Node.js runtime",
};

/** What a contribution is, in few words. */
export function causeWords(one: Contribution): string {
  if (one.child !== undefined) return `waiting for ${one.child}`;
  if (one.class === "loop.held" && typeof one.endpoint === "string") return `loop held by ${one.endpoint}`;
  if (one.function === undefined) return CLASS_WORDS[one.class];
  const code =
    one.caller === undefined || one.ownCode === true ? one.function : `${one.function} in ${one.caller}`;
  // On CPU is what code does; of anything else it is worth saying.
  return one.class.startsWith("cpu.") ? code : `${CLASS_WORDS[one.class]}: ${code}`;
}
