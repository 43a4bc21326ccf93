const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** The last log lines of a process for a person to read: pino's JSON shortened to level, message and error. */
export function readable(lines: readonly string[], most = 8): string {
  return lines
    .filter((line) => line.trim() !== "")
    .slice(-most)
    .map((line) => `    ${shorten(line)}`)
    .join("\n");
}

function shorten(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const entry = JSON.parse(line) as {
      level?: number;
      msg?: string;
      err?: { message?: string; code?: string };
    };
    const level = LEVELS[entry.level ?? 30] ?? "info";
    const error = entry.err?.message ?? "";
    const message = entry.msg ?? "";
    const both = error === "" || message.includes(error) ? message : `${message}: ${error}`;
    return `${level}: ${both || line}`;
  } catch {
    return line;
  }
}
