import { readFileSync, readlinkSync, statSync } from "node:fs";

/** What the system tells of another process; as much of it as this user may read. Nothing but `uid` without /proc. */
export interface ProcessFacts {
  readonly uid: number | undefined;
  /** Its environment when it was started. */
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly commandLine: readonly string[] | undefined;
  /** Its pid as it sees it itself: another one in a container. */
  readonly innerPid: number;
  /** What to put before its paths to read its files from here. */
  readonly root: string;
}

export function processFacts(pid: number): ProcessFacts {
  const folder = `/proc/${pid}`;
  const nulls = (name: string): string[] | undefined =>
    attempt(() => readFileSync(`${folder}/${name}`, "utf8").split("\0").filter(Boolean));
  const variables = nulls("environ")?.map((text): [string, string] => {
    const at = text.indexOf("=");
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const inner = attempt(() => /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`${folder}/status`, "utf8"))?.[1]);
  const mounts = attempt(() => readlinkSync(`${folder}/ns/mnt`));
  const elsewhere = mounts !== undefined && mounts !== attempt(() => readlinkSync("/proc/self/ns/mnt"));
  return {
    uid: attempt(() => statSync(folder).uid),
    env: variables === undefined ? undefined : Object.fromEntries(variables),
    commandLine: nulls("cmdline"),
    innerPid: inner === undefined ? pid : Number(inner),
    root: elsewhere ? `${folder}/root` : "",
  };
}

export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
