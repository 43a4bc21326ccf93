// The results as the table that people read: results/ui-flamegraph.md.

export interface Figures {
  readonly p50: number | null;
  readonly p95: number | null;
  /** Of the page's main thread. */
  readonly cpu: number | null;
}

export interface ToolResult {
  readonly name: string;
  readonly what: string;
  readonly version?: string | undefined;
  readonly firstFrame: Figures;
  readonly hover: Figures;
  readonly zoom: Figures;
  readonly search: Figures;
}

export interface Result {
  readonly date: string;
  readonly cpu: string | undefined;
  readonly browser: string;
  readonly nodes: number;
  readonly rounds: number;
  readonly results: readonly ToolResult[];
}

const columns = ["firstFrame", "hover", "zoom", "search"] as const;

/** Each cell: milliseconds to the frame, p50 / CPU of the main thread and, of a peer, how many times that of Hotspan's drawing. */
export function table(result: Result): string {
  const own = result.results.find(({ name }) => name === "graph");
  const rows = result.results.map((tool) => {
    const cells = columns.map((column) => {
      const { p50, cpu } = tool[column];
      if (p50 === null || cpu === null) return "–";
      const base = own?.[column].cpu ?? null;
      const ratio =
        tool.version === undefined || base === null || base === 0 ? "" : ` (${(cpu / base).toFixed(1)} ×)`;
      return `${p50.toFixed(0)} / ${cpu.toFixed(1)}${ratio}`;
    });
    return `| ${tool.what}${tool.version === undefined ? "" : ` ${tool.version}`} | ${cells.join(" | ")} |`;
  });
  const count = new Intl.NumberFormat("en-US").format(result.nodes);
  return `# Flame graph of ${count} nodes

${result.date}, ${result.cpu ?? "unknown CPU"}, Chromium ${result.browser} without a GPU, ${result.rounds} ${result.rounds === 1 ? "round" : "rounds"}.
Each cell: milliseconds to the frame (p50) / of them CPU of the page's main thread (how many times Hotspan's drawing).

| | first frame | hover | zoom | search |
|---|---:|---:|---:|---:|
${rows.join("\n")}
`;
}
