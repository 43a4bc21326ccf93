import type { Top } from "@hotspan/query-api/types";
import { setTimeout as sleep } from "node:timers/promises";
import { getApi, queryOf, requestJson } from "../api.ts";
import { CliError, EXIT } from "../errors.ts";
import { readLiving, requireRunning } from "../instance/run-file.ts";
import { aligned, inMs, printable } from "../text/ledger.ts";
import { createProgress } from "../text/progress.ts";

export interface ProfileOptions {
  readonly service: string;
  readonly seconds: number;
  readonly hz: number;
  readonly version?: string;
  readonly instance?: string;
  /** Else that of the instance running on `data`. */
  readonly correlator?: string;
  /** Absolute path. */
  readonly data: string;
}

/** What the correlator says of a request, `ProfileAnswer` there. */
interface Request {
  readonly profileId: string;
  readonly state: "waiting" | "collecting" | "done";
  readonly agents: number;
  readonly pollMs: number;
  readonly instances: readonly { readonly instance: string; readonly untilUnixNano: string }[];
  readonly services: readonly string[];
}

const LOOK_MS = 500;
/** Agents ask each interval, give or take a fifth. */
const LATEST_POLL = 1.25;
const ANSWER_MS = 2000;
/** From the end of the last window to its rows in the store. */
const ARRIVAL_MS = 15_000;
const FUNCTIONS = 5;

/** Has a service sampled now. Resolves to the exit code. */
export async function profile(options: ProfileOptions): Promise<number> {
  const { service, seconds, hz, version, instance, data } = options;
  const base = options.correlator ?? requireRunning(data).ingestUrl;
  const progress = createProgress(process.stderr);
  const began = Date.now();
  const at = "/v1/agent/profile";
  const first = await requestJson<Request>(base, at, { service, version, instance, seconds, hz });
  const look = async (): Promise<Request> => {
    await sleep(LOOK_MS);
    return requestJson<Request>(base, `${at}/${first.profileId}`);
  };

  let request = first;
  await progress.step(`Agents of ${service}`, async (tell) => {
    const patience = first.pollMs * LATEST_POLL + ANSWER_MS;
    tell(`they ask every ${first.pollMs / 1000} s`);
    while (request.state === "waiting") {
      if (Date.now() - began > patience) throw noAgent(options, request, patience);
      request = await look();
    }
    if (request.instances.length === 0) throw noAgent(options, request, Date.now() - began);
  });
  await progress.step(`${seconds} s at ${hz} Hz`, async (tell) => {
    for (; request.state === "collecting"; request = await look()) {
      const until = Math.max(
        ...request.instances.map((one) => Number(BigInt(one.untilUnixNano) / 1_000_000n)),
      );
      const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      const line = `${request.instances.length} of ${request.agents} agents, ${left} s left`;
      if (process.stderr.isTTY || left % 10 === 0) tell(line);
    }
  });

  const range = { from: String(began), to: String(Date.now()) };
  const took = request.instances.length;
  const run = readLiving(data);
  process.stdout.write(
    `${took} ${took === 1 ? "instance" : "instances"} of ${printable(service)} took part.\n`,
  );
  if (options.correlator !== undefined || run === undefined) return EXIT.ok;
  const selection = { service, version, instance, ...range };
  const functions = await progress.step("The last window", () => arrived(run.url, selection));
  if (functions.length > 0)
    process.stdout.write(
      `${aligned(
        functions.map((one) => [
          `${inMs(one.self)} ms`,
          one.package === null ? one.function : `${one.function} (${one.package})`,
        ]),
        [0],
      ).join("\n")}\n`,
    );
  process.stdout.write(`${run.url}/${queryOf({ service, profiled: "true", ...range })}\n`);
  return EXIT.ok;
}

/** The functions with the most time of their own, once the last samples are there; none after a while. */
async function arrived(
  url: string,
  selection: Readonly<Record<string, string | undefined>>,
): Promise<Top["functions"]> {
  const deadline = Date.now() + ARRIVAL_MS;
  let before = -1;
  for (;;) {
    const query = queryOf({ ...selection, limit: String(FUNCTIONS) });
    const { functions } = await getApi<Top>({ url, data: "" }, `/profiles/top${query}`);
    const samples = functions.reduce((sum, one) => sum + one.samples, 0);
    // Twice the same: nothing more is coming.
    if ((samples > 0 && samples === before) || Date.now() > deadline) return functions;
    before = samples;
    await sleep(2 * LOOK_MS + ANSWER_MS);
  }
}

function noAgent(
  { service, version, instance }: ProfileOptions,
  { services }: Request,
  waited: number,
): CliError {
  const known = services.includes(service);
  const wanted = [
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
  ];
  const asked = `in ${Math.round(waited / 1000)} s`;
  const what = known
    ? `agents of ${service} ask the correlator, but none of ${wanted.join(", ")} did ${asked}: leave that out, or look it up with \`hotspan sql "SELECT DISTINCT ServiceName, ServiceVersion, Instance FROM profile_instances"\``
    : services.length > 0
      ? `no agent of a service ${JSON.stringify(service)} asked the correlator ${asked}; those of ${services.join(", ")} do`
      : `no agent asked the correlator ${asked}: is the program running with the agent (\`hotspan run -- node app.js\`), and does HOTSPAN_ENDPOINT name this correlator? It has to with Kafka, too`;
  return new CliError("HOTSPAN_CLI_NO_AGENT", what);
}
