import { isIP } from "node:net";

const bare = (host: string): string => host.replace(/^\[|\]$/g, "").toLowerCase();

/** Whether only programs of this machine reach what listens there. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** Whether it is an address and no name. */
export const isIpAddress = (host: string): boolean => isIP(bare(host)) !== 0;
