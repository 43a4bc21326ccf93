import { relative } from "node:path";
import type { RunFile } from "@hotspan/store";
import type { UpOptions } from "../options.ts";

/** What to do with a running instance. */
export function helpForRun(run: RunFile, options: UpOptions, cwd: string = process.cwd()): string {
  const shown = relative(cwd, options.data) || ".";
  const data = shown === ".hotspan" ? "" : ` --data ${shown.startsWith("..") ? options.data : shown}`;
  const { httpUrl, tcpPort, database, readerUser, readerPassword } = run.clickhouse;
  const host = new URL(httpUrl).hostname;
  const native =
    tcpPort === undefined
      ? `curl '${httpUrl}/?database=${database}' -u '${readerUser}:…' -d 'SHOW TABLES'`
      : `clickhouse client --host ${host} --port ${tcpPort} --user ${readerUser} --password '${readerPassword}' -d ${database}`;
  const lines = [
    "",
    `  UI and API    ${run.url}`,
    `  Ingest        ${run.ingestUrl}   (profiles, and OTLP/HTTP traces)`,
    ...(run.kafka === undefined ? [] : [`  Kafka         ${run.kafka.brokers}`]),
    "",
    "  Attach the agent to a program with OpenTelemetry:",
    `    npx hotspan run${data} -- node app.js`,
    "  or without this command:",
    `    OTEL_EXPORTER_OTLP_ENDPOINT=${run.ingestUrl} NODE_OPTIONS="--import @hotspan/agent/register" node app.js`,
    "  Ask in SQL, here or with any ClickHouse client as the read-only user:",
    `    npx hotspan sql${data} "SELECT ServiceName, count() FROM profile_samples GROUP BY 1"`,
    `    ${native}`,
    "",
    `  Logs are in ${options.data}/logs. Ctrl-C ends everything.`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}
