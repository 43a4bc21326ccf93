import ffi from "ffi-rs";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

const LOCK_EX = 2;
const LOCK_NB = 4;
let opened = false;

/**
 * flock(2), which Node does not offer. The kernel holds it for this process and drops it however the process ends, so
 * there is no stale lock and no guessing from pids; the pid in the file is only there to be shown.
 *
 * @returns `{held: true}`, or the pid of the process that has it
 */
export function tryLock(
  path: string,
): { readonly held: true } | { readonly held: false; readonly pid?: number } {
  const fd = openSync(path, "a+", 0o600);
  if (!opened) {
    // An empty path means the symbols of the process itself, libc among them.
    ffi.open({ library: "libc", path: "" });
    opened = true;
  }
  const result = ffi.load({
    library: "libc",
    funcName: "flock",
    retType: ffi.DataType.I32,
    paramsType: [ffi.DataType.I32, ffi.DataType.I32],
    paramsValue: [fd, LOCK_EX | LOCK_NB],
  });
  if (result === 0) {
    ftruncateSync(fd, 0);
    writeSync(fd, `${process.pid}\n`);
    // The descriptor stays open on purpose: it is the lock.
    return { held: true };
  }
  closeSync(fd);
  const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
  return Number.isInteger(pid) ? { held: false, pid } : { held: false };
}
