import type { Slope } from "./slope.ts";
import type { Growth, SoakResult } from "./soak.ts";

/** The result as Markdown. */
export function tableOf(result: SoakResult): string {
  const lines = [
    `${result.minutes} minutes from ${result.began.slice(0, 16).replace("T", " ")} UTC, ${result.requestsPerSecond} requests a ` +
      `second and process, ${result.cores} cores, load ${result.loadAverage[0]} at the end.`,
    "",
    "| Node | agent | cycles | RSS, MB an hour | JavaScript heap, MB an hour | outside it, MB an hour | requests, of which answered | windows, missing, of these given up by stop() | largest message, kB |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|",
  ];
  for (const growth of result.growth) lines.push(`| ${row(result, growth).join(" | ")} |`);
  lines.push("", result.wrong.length === 0 ? "Nothing was wrong." : "Wrong:");
  for (const one of result.wrong) lines.push(`- ${one}`);
  return lines.join("\n");
}

function row(
  { incarnations }: SoakResult,
  { node, agent, cycles, rss, heapUsed, external }: Growth,
): string[] {
  const own = incarnations.filter((one) => one.node === node && one.agent === agent);
  const sum = (of: (one: (typeof own)[number]) => number): number =>
    own.reduce((total, one) => total + of(one), 0);
  const asked = sum((one) => one.asked);
  const answered = sum((one) => one.answered);
  const windows = sum(({ arrived }) => arrived?.windows ?? 0);
  const missing = sum(({ arrived }) => arrived?.missing.length ?? 0);
  const givenUp = sum((one) => one.givenUp);
  const largest = Math.max(0, ...own.map(({ arrived }) => arrived?.largestMessageBytes ?? 0));
  return [
    String(node),
    agent ? "on" : "–",
    String(cycles),
    ...[rss, heapUsed, external].map(shown),
    `${asked}, ${answered}`,
    agent ? `${windows}, ${missing}, ${givenUp}` : "–",
    agent ? (largest / 1000).toFixed(1) : "–",
  ];
}

function shown(slope: Slope | undefined): string {
  if (slope === undefined) return "too few cycles";
  const [value, low, high] = [slope.value, slope.low, slope.high].map((bytes) => (bytes / 1e6).toFixed(2));
  return `${value} (${low} to ${high})`;
}
