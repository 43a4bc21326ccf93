/** The oldest ClickHouse that Hotspan is tested with. */
const TESTED: readonly [number, number] = [26, 7];

/** 243 NOT_ENOUGH_SPACE; a file that could not be written says its errno in words. */
const FULL = /^243$|No space left|ENOSPC/;

/**
 * What to do about a statement that failed, beside what ClickHouse says of it; empty when nothing more is known.
 * @param version as `SELECT version()` tells it
 */
export function advice(version: string, code: string | undefined, message: string): string {
  if (FULL.test(code ?? "") || FULL.test(message))
    return "The disk of ClickHouse is full. Make room and run this again: it goes on where it stopped.";
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const [year, month] = TESTED;
  const older = Number(major) < year || (Number(major) === year && Number(minor) < month);
  return older
    ? `This is ClickHouse ${version}. Hotspan is tested with ${year}.${month} and newer: upgrade it.`
    : "";
}
