import { open, readFile, rename, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Runs `action` while no other process holds `path`. The lock of a dead process is taken over. */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  while (!(await tryLock(path))) await sleep(100);
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
}

/** True when the lock is ours now. */
export async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = Number(await readFile(path, "utf8").catch(() => ""));
  // Empty: its owner is about to write its pid.
  if (!Number.isInteger(owner) || owner === 0 || isAlive(owner)) return false;
  // Of several that find the lock dead only one can rename it.
  const dead = `${path}.${process.pid}.dead`;
  await rename(path, dead).catch(() => undefined);
  await rm(dead, { force: true });
  return false;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
