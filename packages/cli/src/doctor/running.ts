import { connect } from "node:net";
import { ask, shortError } from "../commands/sql.ts";
import { messageOf } from "../errors.ts";
import { readiness } from "../instance/ready.ts";
import type { RunFile } from "@hotspan/store";
import { isAlive } from "../process/alive.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** What a running instance says of itself, and whether its parts can be reached from here. */
export async function* checkRunning(run: RunFile): AsyncGenerator<Finding> {
  for (const [name, pid] of Object.entries(run.pids)) {
    if (!isAlive(pid))
      yield warn(`${name} (pid ${pid}) is not there`, "it is being started again; see the logs folder");
  }
  yield await checkReady("UI and API", run.url);
  yield await checkReady("ingest", run.ingestUrl);
  if (run.kafka !== undefined)
    for (const broker of run.kafka.brokers.split(",")) yield await checkBroker(broker);
  yield* checkStore(run);
}

async function checkReady(what: string, url: string): Promise<Finding> {
  const { ready, detail } = await readiness(url, 5000);
  return ready
    ? ok(`${what} ready on ${url}`)
    : fail(`${what} on ${url} is not ready: ${detail}`, "see its log in the logs folder");
}

function checkBroker(broker: string): Promise<Finding> {
  const at = broker.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({
      host: broker.slice(0, at).replace(/^\[|\]$/g, ""),
      port: Number(broker.slice(at + 1)),
      timeout: 3000,
    });
    const end = (finding: Finding): void => {
      socket.destroy();
      resolve(finding);
    };
    const advice = "profiles cannot be sent or read until it is back; the HTTP doors still work";
    socket.once("connect", () => end(ok(`Kafka reachable on ${broker}`)));
    socket.once("timeout", () => end(fail(`Kafka on ${broker} does not answer`, advice)));
    socket.once("error", (error) => end(fail(`Kafka on ${broker}: ${error.message}`, advice)));
  });
}

interface AgentRow {
  readonly ServiceName: string;
  readonly instances: string;
  readonly seconds: string;
  readonly quiet: boolean;
}

// The newest window of each service within an hour, and whether its sampler leaves the event loop alone.
const AGENTS = `SELECT ServiceName, toString(uniq(Instance)) AS instances,
  toString(dateDiff('second', max(End), now64(6))) AS seconds, min(QuietLoop) AS quiet
FROM profile_windows WHERE Start > now() - INTERVAL 1 HOUR GROUP BY ServiceName ORDER BY ServiceName`;

async function* checkStore(run: RunFile): AsyncGenerator<Finding> {
  const { httpUrl, readerUser } = run.clickhouse;
  const query = async (statement: string): Promise<string> => {
    const response = await ask(run.clickhouse, statement, "JSONEachRow");
    const text = await response.text();
    if (!response.ok) throw new Error(shortError(text));
    return text;
  };
  let version: string;
  try {
    version = (JSON.parse(await query("SELECT version() AS v")) as { v: string }).v;
  } catch (error) {
    yield fail(
      `ClickHouse as ${readerUser}: ${messageOf(error)}`,
      "see clickhouse.log in the data folder's store",
    );
    return;
  }
  yield ok(`ClickHouse ${version} reachable as ${readerUser} on ${httpUrl}`);
  try {
    const rows = (await query(AGENTS)).split("\n").filter((line) => line !== "");
    if (rows.length === 0) {
      yield warn(
        "no agent was seen within the last hour",
        "run your program with `npx hotspan run -- node app.js`; it needs OpenTelemetry tracing",
      );
    }
    for (const line of rows) {
      const { ServiceName, instances, seconds, quiet } = JSON.parse(line) as AgentRow;
      const seen = `agent of ${ServiceName}: last window ${seconds} s ago, ${instances} process(es) in the last hour`;
      yield quiet
        ? ok(seen)
        : warn(
            `${seen}, event-loop utilisation disturbed`,
            "there is no quiet-loop addon for its platform, or it is off: HOTSPAN_QUIET_LOOP=on",
          );
    }
  } catch (error) {
    yield fail(`profiles cannot be read: ${messageOf(error)}`, "run `npx hotspan migrate` or start it again");
  }
}
