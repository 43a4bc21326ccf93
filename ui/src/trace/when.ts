// When a trace was, in the reader's own time: the place where logs and memories are looked up.

/** `23 Nov 2026, 15:41:07.312 GMT+1`. `timeZone` is the reader's unless given. */
export function localTime(unixMs: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat("en-US", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZoneName: "short",
    timeZone,
  });
  const parts = new Map(format.formatToParts(unixMs).map(({ type, value }) => [type, value]));
  const of = (...types: readonly Intl.DateTimeFormatPartTypes[]): string[] =>
    types.map((type) => parts.get(type) ?? "");
  const day = of("day", "month", "year").join(" ");
  return `${day}, ${of("hour", "minute", "second").join(":")}.${of("fractionalSecond").join("")} ${of("timeZoneName").join("")}`;
}
