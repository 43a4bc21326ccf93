import { lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where status files may lie, the best first; none on a system without users. */
export function runtimeFolders(
  env: NodeJS.ProcessEnv,
  uid: number | undefined = process.getuid?.(),
): string[] {
  if (uid === undefined) return [];
  const session = env["XDG_RUNTIME_DIR"];
  const bases = session?.startsWith("/") === true ? [session, tmpdir()] : [tmpdir()];
  return bases.map((base) => join(base, `hotspan-${uid}`));
}

/**
 * The first of the folders that is ours alone, made if need be. In a shared /tmp anybody may have been there first, with a
 * link to somewhere else or with an open folder: then it is left alone.
 */
export async function ownFolder(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      });
      const found = await lstat(folder);
      if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0)
        return folder;
    } catch {
      // Read-only or absent: the next one.
    }
  }
  return undefined;
}
