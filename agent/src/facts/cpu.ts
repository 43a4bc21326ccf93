export interface CpuNanos {
  readonly process: number;
  /** undefined: this Node.js has no `process.threadCpuUsage`. */
  readonly thread: number | undefined;
}

type Usage = () => NodeJS.CpuUsage;

const threadUsage = (process as { threadCpuUsage?: Usage }).threadCpuUsage?.bind(process);

/** CPU used since the start, user and system. */
export function cpuNanos(): CpuNanos {
  return {
    process: sum(process.cpuUsage()),
    thread: threadUsage === undefined ? undefined : sum(threadUsage()),
  };
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) * 1000;
}

/** CPU of this thread, nanoseconds; on a Node.js that cannot tell the time that passes, which is no less. */
export function threadNanos(): number {
  return threadUsage === undefined ? Number(process.hrtime.bigint()) : sum(threadUsage());
}
