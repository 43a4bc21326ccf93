import { createServer } from "node:net";
import { CliError } from "./errors.ts";

export type PortState = "free" | "taken" | "forbidden" | "no such address";

/** Whether `host:port` can be listened on right now; port 0 always can. */
export function probePort(host: string, port: number): Promise<PortState> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve("taken");
      else if (error.code === "EACCES") resolve("forbidden");
      else if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") resolve("no such address");
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve("free")));
  });
}

/** Throws, naming the flag, when the port cannot be had. */
export async function requirePort(
  flag: "--port" | "--ingest-port",
  host: string,
  port: number,
): Promise<void> {
  const state = await probePort(host, port);
  switch (state) {
    case "free":
      return;
    case "taken":
      throw new CliError(
        "HOTSPAN_CLI_PORT_TAKEN",
        `${flag} ${port} is taken by another program: choose another with ${flag}`,
      );
    case "forbidden":
      throw new CliError(
        "HOTSPAN_CLI_PORT_TAKEN",
        `${flag} ${port} may not be opened by this user: choose one above 1023 with ${flag}`,
      );
    case "no such address":
      throw new CliError("HOTSPAN_CLI_USAGE", `--host ${host} is not an address of this machine`);
  }
}
