import { access, mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BrokerError } from "./errors.ts";
import { withLock } from "./lock.ts";
import { run } from "./run.ts";

export const kafkaVersion = "4.1.0";

/** Where pom.xml, server.properties and log4j2.yaml lie; the same path from `src` and from `dist`. */
export const kafkaFolder: string = fileURLToPath(new URL("../../../deploy/kafka/", import.meta.url));

/** `HOTSPAN_CACHE` is a folder for everything fetched at run time; default `~/.cache/hotspan`. */
function cacheFolder(): string {
  const base = process.env["HOTSPAN_CACHE"] ?? join(homedir(), ".cache", "hotspan");
  return join(base, `kafka-${kafkaVersion}`);
}

const libs = (): string => join(cacheFolder(), "libs");

export async function jarsPresent(): Promise<boolean> {
  return access(libs()).then(
    () => true,
    () => false,
  );
}

/**
 * The folder with the broker's jars; the first call on a machine fetches 45 of them (43 MB) with Maven.
 * Two processes may call it at once: one fetches, the other waits.
 */
export async function fetchJars(onProgress: (message: string) => void): Promise<string> {
  if (await jarsPresent()) return libs();
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  return withLock(join(cache, "fetch.lock"), async () => {
    if (await jarsPresent()) return libs();
    onProgress(`Fetching Apache Kafka ${kafkaVersion} (43 MB, once)`);
    const temporary = join(cache, `libs.${process.pid}`);
    await rm(temporary, { recursive: true, force: true });
    const result = await run(
      "mvn",
      [
        "-B",
        "-f",
        join(kafkaFolder, "pom.xml"),
        "dependency:copy-dependencies",
        `-DoutputDirectory=${temporary}`,
        "-DincludeScope=runtime",
      ],
      { cwd: cache, onLine: (line) => reportDownload(line, onProgress) },
    );
    const jars = await readdir(temporary).catch(() => []);
    if (result.code !== 0 || !jars.some((jar) => jar.startsWith("kafka_"))) {
      await rm(temporary, { recursive: true, force: true });
      throw new BrokerError(
        "HOTSPAN_BROKER_FETCH_FAILED",
        `Maven could not fetch Apache Kafka ${kafkaVersion}:\n${result.output.slice(-2000)}`,
      );
    }
    // The folder appears complete or not at all.
    await rename(temporary, libs());
    onProgress(`Fetched Apache Kafka ${kafkaVersion}: ${jars.length} jars`);
    return libs();
  });
}

function reportDownload(line: string, onProgress: (message: string) => void): void {
  const jar = /Downloaded from \S+: \S*\/([^/\s]+\.jar)/.exec(line)?.[1];
  if (jar !== undefined) onProgress(jar);
}
