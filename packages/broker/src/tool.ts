import { join } from "node:path";
import { fetchJars } from "./jars.ts";
import { type Finished, run } from "./run.ts";

/**
 * Runs one of the programs that come with Kafka to its end; where the jars are absent they are fetched.
 * @param main its class, `kafka.tools.StorageTool`
 */
export async function runTool(main: string, args: readonly string[], libs?: string): Promise<Finished> {
  const jars = libs ?? (await fetchJars(() => undefined));
  return run("java", ["-XX:TieredStopAtLevel=1", "-cp", join(jars, "*"), main, ...args]);
}
