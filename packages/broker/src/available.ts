import { jarsPresent } from "./jars.ts";
import { run } from "./run.ts";

export type Availability = { readonly ok: true } | { readonly ok: false; readonly missing: string };

const oldestJava = 17;

/** Whether `startBroker` can work here, and if not, what to install. */
export async function brokerAvailable(): Promise<Availability> {
  if (process.platform === "win32") return { ok: false, missing: "a POSIX shell (use WSL2)" };
  const missing: string[] = [];
  const java = await run("java", ["-version"]);
  const version = javaVersion(java.output);
  if (java.code !== 0 || version === undefined) missing.push(`java ${oldestJava} or newer`);
  else if (version < oldestJava) missing.push(`java ${oldestJava} or newer (found ${version})`);
  // Maven only fetches the jars; once they are cached it is not needed.
  if (!(await jarsPresent()) && (await run("mvn", ["-v"])).code !== 0) missing.push("mvn (Apache Maven)");
  return missing.length === 0 ? { ok: true } : { ok: false, missing: missing.join(", ") };
}

/** `openjdk version "17.0.15"` → 17; the old scheme `1.8.0_402` → 8. */
export function javaVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
