import { styleText } from "node:util";

/** Tells what is being started and how long it took: one line a step; on a terminal the line is there from its start. */
export interface Progress {
  step<T>(label: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY && process.env["TERM"] !== "dumb";
  const style = (format: "green" | "red" | "dim", text: string): string =>
    styleText(format, text, { stream });
  const rewrite = (line: string, end: string): void => {
    stream.write(live ? `\r\x1b[2K${line}${end}` : `${line}${end}`);
  };
  return {
    async step(label, work) {
      const started = performance.now();
      const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
      let details = "";
      if (live) rewrite(`  … ${label}`, "");
      try {
        const result = await work((text) => {
          if (live) rewrite(`  … ${label}: ${text}`, "");
          else if (text !== details) stream.write(`    ${text}\n`);
          details = text;
        });
        rewrite(`  ${style("green", "✓")} ${label.padEnd(40)} ${style("dim", seconds())}`, "\n");
        return result;
      } catch (error) {
        rewrite(`  ${style("red", "✗")} ${label.padEnd(40)} ${style("dim", seconds())}`, "\n");
        throw error;
      }
    },
  };
}
