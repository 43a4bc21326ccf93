import ffi from "ffi-rs";
import { closeSync, constants, openSync } from "node:fs";

// linux/landlock.h, include/uapi/asm-generic/unistd.h
const createRuleset = 444;
const addRule = 445;
const restrictSelf = 446;
const ruleTypePathBeneath = 1;
const ruleTypeNetPort = 2;
const PR_SET_NO_NEW_PRIVS = 38;

const access = {
  execute: 1 << 0,
  writeFile: 1 << 1,
  readFile: 1 << 2,
  readDir: 1 << 3,
  /** Every right of ABI 1 but these four: removing and making files, folders, links, sockets, devices. */
  changeTree: 0b1_1111_1111 << 4,
  /** Renaming from one folder to another; without it (ABI 1) MergeTree cannot work. */
  refer: 1 << 13,
  truncate: 1 << 14,
} as const;
const connectTcp = 1 << 1;

/**
 * Confines the calling thread, and all threads it starts, to what a database needs: its own folder, and a few files
 * about the machine; no outgoing connections, but to `ports` (of the other servers of its cluster).
 *
 * Why: clickhouse-local lets whoever it is serving read any file with the scalar function `file('/etc/passwd')`. The
 * engine checks READ ON FILE only when it is not LOCAL (src/Functions/FunctionFile.cpp, ClickHouse#98115), and no setting
 * changes that. So the kernel refuses instead, by Landlock (Linux ≥ 5.19 with it enabled).
 *
 * @returns false where the kernel offers no Landlock (and on macOS): nothing is confined then
 */
export function confine(ownFolder: string, ports: readonly number[] = []): boolean {
  if (process.platform !== "linux") return false;
  ffi.open({ library: "libc-sandbox", path: "" });
  const abi = syscall(createRuleset, 0, 0, 1);
  if (abi < 2) return false;
  const everything =
    access.execute |
    access.writeFile |
    access.readFile |
    access.readDir |
    access.changeTree |
    access.refer |
    (abi >= 3 ? access.truncate : 0);
  // struct landlock_ruleset_attr { u64 handled_access_fs; u64 handled_access_net; }
  const attributes = Buffer.alloc(16);
  attributes.writeBigUInt64LE(BigInt(everything), 0);
  attributes.writeBigUInt64LE(BigInt(abi >= 4 ? connectTcp : 0), 8);
  const ruleset = syscallBuffer(createRuleset, attributes, abi >= 4 ? 16 : 8, 0);
  if (ruleset < 0) return false;
  allow(ruleset, ownFolder, everything & ~access.execute);
  for (const path of machineFiles) allow(ruleset, path, access.readFile | access.readDir, access.readFile);
  for (const path of devices) allow(ruleset, path, access.readFile | access.writeFile);
  if (abi >= 4) for (const port of ports) allowPort(ruleset, port);
  const confined = prctlNoNewPrivileges() === 0 && syscall(restrictSelf, ruleset, 0, 0) === 0;
  closeSync(ruleset);
  return confined;
}

/** What the engine reads about its host: memory and CPU limits, its own process, the time zone. No secrets among them. */
const machineFiles: readonly string[] = [
  "/proc/self/task",
  "/proc/self/stat",
  "/proc/self/statm",
  "/proc/self/status",
  "/proc/self/io",
  "/proc/self/maps",
  "/proc/self/mountinfo",
  "/proc/self/cgroup",
  "/proc/self/limits",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/cpuinfo",
  "/proc/loadavg",
  "/proc/uptime",
  "/proc/sys/kernel",
  "/proc/sys/vm",
  "/sys/fs/cgroup",
  "/sys/devices/system/cpu",
  "/sys/kernel/mm/transparent_hugepage",
  "/etc/localtime",
  "/etc/timezone",
  "/usr/share/zoneinfo",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/etc/nsswitch.conf",
];

const devices: readonly string[] = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];

/** Paths that are not there are skipped. `ofFile` for a path that turns out to be a file: folder rights are an error there. */
function allow(ruleset: number, path: string, rights: number, ofFile: number = rights): void {
  let fd: number;
  try {
    // O_PATH, which Node does not name.
    fd = openSync(path, 0o10000000 | constants.O_RDONLY);
  } catch {
    return;
  }
  try {
    // struct landlock_path_beneath_attr { u64 allowed_access; s32 parent_fd; } packed
    const rule = Buffer.alloc(12);
    rule.writeInt32LE(fd, 8);
    for (const granted of [rights, ofFile]) {
      rule.writeBigUInt64LE(BigInt(granted), 0);
      if (syscallRule(ruleset, ruleTypePathBeneath, rule) === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}

function allowPort(ruleset: number, port: number): void {
  // struct landlock_net_port_attr { u64 allowed_access; u64 port; }
  const rule = Buffer.alloc(16);
  rule.writeBigUInt64LE(BigInt(connectTcp), 0);
  rule.writeBigUInt64LE(BigInt(port), 8);
  syscallRule(ruleset, ruleTypeNetPort, rule);
}

const { I64, U8Array } = ffi.DataType;

function syscall(number: number, a: number, b: number, c: number): number {
  return call("syscall", [I64, I64, I64, I64], [number, a, b, c]);
}

function syscallBuffer(number: number, a: Buffer, b: number, c: number): number {
  return call("syscall", [I64, U8Array, I64, I64], [number, a, b, c]);
}

function syscallRule(ruleset: number, type: number, rule: Buffer): number {
  return call("syscall", [I64, I64, I64, U8Array, I64], [addRule, ruleset, type, rule, 0]);
}

function prctlNoNewPrivileges(): number {
  return call("prctl", [I64, I64, I64, I64, I64], [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
}

function call(funcName: string, paramsType: (typeof I64 | typeof U8Array)[], paramsValue: unknown[]): number {
  return Number(ffi.load({ library: "libc-sandbox", funcName, retType: I64, paramsType, paramsValue }));
}
