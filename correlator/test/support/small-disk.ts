import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CorrelatorConfig } from "@hotspan/correlator";

/** A store and a correlator, of which some things lie on a disk of a few megabytes. */
export interface SmallDisk {
  readonly url: string;
  readonly clickhouse: CorrelatorConfig["clickhouse"];
  /** Everything the correlator logged. */
  readonly log: () => string;
  /** Takes all room but `leaveBytes`. */
  fill(leaveBytes: number): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  /** Lines of dead letters of the HTTP doors. */
  deadLetters(): Promise<number>;
  close(): Promise<void>;
}

// A mount that nobody else sees and that ends with its process; without being root where the kernel lets users have namespaces.
const namespace = ["--mount", ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"])];
const mount = 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && exec "$@"';

/** Why there are no small disks here; undefined where there are. */
export function noSmallDisk(): string | undefined {
  if (process.platform !== "linux") return `no tmpfs on ${process.platform}`;
  const args = [...namespace, "sh", "-c", mount, "sh", "1m", tmpdir(), "true"];
  const tried = spawnSync("unshare", args, { encoding: "utf8" });
  return tried.status === 0 ? undefined : `unshare: ${tried.error?.message ?? tried.stderr.trim()}`;
}

/** @param on what lies on the small disk; the other lies beside it */
export async function startSmallDisk(on: "store" | "log" | "both", size: string): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-small-"));
  const small = join(folder, "small");
  const child: ChildProcess = spawn(
    "unshare",
    [
      ...namespace,
      "sh",
      "-c",
      `mkdir "$2" && ${mount}`,
      "sh",
      size,
      small,
      process.execPath,
      "--conditions=hotspan-source",
      join(import.meta.dirname, "small-disk-child.ts"),
      folder,
      on,
    ],
    { stdio: ["ignore", "inherit", "pipe", "ipc"] },
  );
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, "exit");
  const ask = async <T>(message: object): Promise<T> => {
    const answered = once(child, "message");
    child.send(message);
    const [answer] = await Promise.race([
      answered,
      exited.then(([code]) => Promise.reject(new Error(`ended with ${code}: ${log}`))),
    ]);
    return answer as T;
  };
  const [started] = (await Promise.race([
    once(child, "message"),
    exited.then(([code]) => Promise.reject(new Error(`ended with ${code}: ${log}`))),
  ])) as [Pick<SmallDisk, "url" | "clickhouse">];
  return {
    ...started,
    log: () => log,
    fill: (leaveBytes) => ask({ fill: leaveBytes }),
    free: () => ask({ free: true }),
    deadLetters: () => ask({ deadLetters: true }),
    async close() {
      if (child.connected) child.disconnect();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
