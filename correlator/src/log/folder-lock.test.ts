import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockFolder } from "./folder-lock.ts";

test("a folder is held by one process, and free again when that was killed", () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-lock-"));
  try {
    const script = `
      import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, "folder-lock.ts"))};
      lockFolder(${JSON.stringify(folder)});
      process.kill(process.pid, "SIGKILL");`;
    const killed = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(killed.signal).toBe("SIGKILL");
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(/in use by another correlator/);
    lock.release();
    lockFolder(folder).release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
