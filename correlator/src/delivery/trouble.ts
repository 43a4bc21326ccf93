// What ClickHouse refuses with for as long as somebody does not do something, and what that is. None of it is the data's fault.
const advice: Readonly<Record<string, string>> = {
  "60": "the tables are missing: run hotspan migrate",
  "164": "the account may only read: give the correlator one that may write (HOTSPAN_CLICKHOUSE_USER)",
  "192": "there is no such account: check HOTSPAN_CLICKHOUSE_USER",
  "241": "ClickHouse has no memory left: give it more, or let it serve fewer queries",
  "242": "the table is read-only: a replica has lost its Keeper, or its disk was made so",
  "252": "too many parts wait for their merge: ClickHouse needs more processors or a faster disk",
  "497": "the account lacks a right: grant what the message names",
  "516": "the password is refused: check HOTSPAN_CLICKHOUSE_USER and _PASSWORD",
};

/** NOT_ENOUGH_SPACE. */
const fullCode = "243";
const fullText = /No space left on device|Disk quota exceeded|\bENOSPC\b|\bEDQUOT\b/i;
/** Of a file system call: the disk, a quota, or the largest size of a file. */
const fullErrnos: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Whether a disk is full, ClickHouse's or our own. */
export function isFull(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as { code?: unknown };
    if (code === fullCode || (typeof code === "string" && fullErrnos.has(code)) || fullText.test(one.message))
      return true;
  }
  return false;
}

/** What to do about an error of ClickHouse; undefined where waiting is all. */
export function adviceFor(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? advice[code] : undefined;
}
