import type { AgentStatus } from "@hotspan/agent";
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive, startMark } from "../process/alive.ts";
import { attempt, processFacts } from "./process-facts.ts";

/** As in the agent's telemetry: `PID.json` of the main thread, `PID.THREAD.json` of workers. */
const FILE = /^(\d+)(?:\.\d+)?\.json$/;
/** A status is 2 kB. */
const MOST_BYTES = 100_000;

/**
 * Where agents of this user may have left their status. Only folders of the user's own: in a shared /tmp anybody may have
 * made one of that name.
 * @param root of a process in a container, where the user may have another number.
 */
function folders(env: NodeJS.ProcessEnv, uid: number | undefined, root = ""): string[] {
  if (uid === undefined) return [];
  const bases = [env["XDG_RUNTIME_DIR"], env["TMPDIR"], tmpdir(), "/tmp"];
  const given = bases.filter((base): base is string => base?.startsWith("/") === true);
  const names = (base: string): string[] =>
    root === ""
      ? [`hotspan-${uid}`]
      : (attempt(() => readdirSync(base)) ?? []).filter((name) => /^hotspan-\d+$/.test(name));
  const all = given.flatMap((base) => names(`${root}${base}`).map((name) => join(`${root}${base}`, name)));
  return [...new Set(all)].filter((folder) => attempt(() => lstatSync(folder).uid) === uid);
}

/** Of every thread of this process that is sampled, the main thread first. */
export function agentsOf(pid: number): AgentStatus[] {
  const { uid, env, innerPid, root } = processFacts(pid);
  const all = folders(env ?? process.env, uid ?? process.getuid?.(), root).flatMap(statuses);
  const mark = startMark(pid);
  return all
    .map(({ status }) => status)
    .filter((status) => status.pid === innerPid && sameProcess(status, mark))
    .toSorted((a, b) => a.threadId - b.threadId);
}

/** Of all living processes of this user; files of dead ones are removed. */
export function allAgents(): AgentStatus[] {
  const living: AgentStatus[] = [];
  const here = attempt(() => readlinkSync("/proc/self/ns/pid"));
  for (const { path, status } of folders(process.env, process.getuid?.()).flatMap(statuses)) {
    // In a folder shared with a container its pids mean nothing here.
    if (status.pidNamespace !== here) continue;
    if (isAlive(status.pid) && sameProcess(status, startMark(status.pid))) living.push(status);
    else for (const left of [path, `${path}.tmp`]) attempt(() => rmSync(left, { force: true }));
  }
  return living.toSorted((a, b) => a.pid - b.pid || a.threadId - b.threadId);
}

/** Not a later process with the same pid. */
function sameProcess({ processMark }: AgentStatus, mark: string | undefined): boolean {
  return processMark === undefined || mark === undefined || processMark === mark;
}

function statuses(folder: string): { path: string; status: AgentStatus }[] {
  const found: { path: string; status: AgentStatus }[] = [];
  for (const name of attempt(() => readdirSync(folder)) ?? []) {
    if (!FILE.test(name)) continue;
    const path = join(folder, name);
    const status = attempt(() => parse(path));
    if (status?.format === 1 && status.pid === Number(FILE.exec(name)?.[1])) found.push({ path, status });
  }
  return found;
}

function parse(path: string): AgentStatus | undefined {
  const { size, uid } = lstatSync(path);
  // Whoever could write somebody else's status could make up what it says.
  if (size > MOST_BYTES || uid !== lstatSync(join(path, "..")).uid) return undefined;
  return JSON.parse(readFileSync(path, "utf8")) as AgentStatus;
}
