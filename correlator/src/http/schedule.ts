import type { FastifyInstance } from "fastify";
import type { AgentMode, Caller } from "../schedule/instances.ts";
import type { ProfileWish } from "../schedule/requests.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { bytesOf, contentTypeOf } from "./body.ts";
import { Problem } from "./problem.ts";

const NAME_BYTES = 256;
const MAX_SECONDS = 600;
const MAX_HZ = 1000;
const modes: ReadonlySet<string> = new Set<AgentMode>(["continuous", "amortised", "on-demand"]);

/**
 * `GET /v1/agent/schedule?service&version&instance[&mode]` tells an agent whether to collect; `POST /v1/agent/profile` asks for
 * a profile on demand, `GET /v1/agent/profile/{id}` what became of it. Answers are small and never cached.
 */
export function scheduleRoutes(app: FastifyInstance, schedule: Schedule): void {
  app.get("/v1/agent/schedule", async (request, reply) => {
    const answer = schedule.answer(callerOf(request.query as Fields));
    return reply.header("cache-control", "no-store").send(answer);
  });
  app.post("/v1/agent/profile", { bodyLimit: 4096 }, async (request, reply) => {
    contentTypeOf(request.headers["content-type"], ["application/json"]);
    const answer = schedule.request(wishOf(bytesOf(request.body)));
    if (answer === undefined) throw new Problem("rate_limited", "too many profiles are being taken", 10);
    return reply.code(202).header("location", `/v1/agent/profile/${answer.profileId}`).send(answer);
  });
  app.get("/v1/agent/profile/:id", async (request, reply) => {
    const answer = schedule.progress((request.params as { id: string }).id);
    if (answer === undefined)
      throw new Problem(
        "not_found",
        "no such request: they are forgotten in time, and when the correlator starts",
      );
    return reply.header("cache-control", "no-store").send(answer);
  });
}

type Fields = Readonly<Record<string, unknown>>;

function callerOf(fields: Fields): Caller {
  const mode = fields["mode"] ?? "amortised";
  if (typeof mode !== "string" || !modes.has(mode))
    throw new Problem("bad_parameter", `mode is one of ${[...modes].join(", ")}`);
  const instance = instanceOf(fields["instance"]);
  if (instance === undefined) throw new Problem("bad_parameter", "instance is missing");
  return {
    service: serviceOf(fields),
    version: nameOf("version", fields["version"]) ?? "",
    instance,
    mode: mode as AgentMode,
  };
}

function wishOf(body: Buffer): ProfileWish {
  let fields: unknown;
  try {
    fields = JSON.parse(body.toString("utf8"));
  } catch {
    // Said below.
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new Problem(
      "bad_parameter",
      "the body must be a JSON object {service, version?, instance?, seconds, hz}",
    );
  const given = fields as Fields;
  return {
    service: serviceOf(given),
    version: nameOf("version", given["version"]),
    instance: instanceOf(given["instance"]),
    seconds: whole("seconds", given["seconds"], MAX_SECONDS),
    hz: whole("hz", given["hz"], MAX_HZ),
  };
}

function serviceOf(fields: Fields): string {
  const service = nameOf("service", fields["service"]);
  if (service === undefined || service === "") throw new Problem("bad_parameter", "service is missing");
  return service;
}

function nameOf(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && Buffer.byteLength(value) <= NAME_BYTES) return value;
  throw new Problem("bad_parameter", `${field} must be text of at most ${NAME_BYTES} bytes`);
}

function instanceOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && /^[0-9a-f]{32}$/.test(value)) return value;
  throw new Problem("bad_parameter", "instance must be 32 hex digits");
}

function whole(field: string, value: unknown, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Problem("bad_parameter", `${field} must be a whole number from 1 to ${most}`);
}
