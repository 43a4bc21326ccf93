import { misspelt, misspeltText, withoutServiceLinks } from "@hotspan/environment";
import { configFromEnvironment } from "./config.ts";
import { CorrelatorError } from "./errors.ts";
import { startCorrelator } from "./start.ts";

/** The process: configured by `HOTSPAN_*`, ends on SIGTERM, SIGINT, or when the parent's IPC channel closes. */
async function main(): Promise<void> {
  // kafkajs 2.2.4 sets timers with negative delays, and Node ≥ 23 warns about each first one.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "TimeoutNegativeWarning")
      process.stderr.write(`${warning.stack ?? warning.message}\n`);
  });
  for (const one of misspelt(process.env)) process.stderr.write(`${misspeltText(one)}\n`);
  const correlator = await startCorrelator(configFromEnvironment(withoutServiceLinks(process.env)));
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    // Whatever hangs, a supervisor waits four seconds and no longer.
    setTimeout(() => process.exit(0), 3800).unref();
    correlator.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (process.send !== undefined) {
    process.once("disconnect", end);
    process.send({ type: "listening", url: correlator.url });
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof CorrelatorError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exit(
    error.code === "HOTSPAN_CORRELATOR_TOKEN_REQUIRED" || error.code === "HOTSPAN_CORRELATOR_BAD_CONFIG"
      ? 2
      : 1,
  );
});
