import type { FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../errors.ts";
import { send, sendJson } from "../http/answer.ts";
import { applyFilters, compileFilters, type FilterText } from "../profile/filters.ts";
import type { SampleSet } from "../profile/frames.ts";
import { toProfile } from "../profile/json.ts";
import { inOrder } from "../profile/order.ts";
import { toPprofGzip } from "../profile/pprof.ts";
import { toCollapsed, toSpeedscope } from "../profile/text.ts";
import type { Profile, ProfileState, ProfilesQuery, StatefulProfile } from "../types.ts";

export const DEFAULT_MAX_NODES = 16384;

export interface OutputQuery extends FilterText {
  readonly maxNodes?: number | undefined;
  readonly format?: ProfilesQuery["format"];
}

/** Sends a set of samples as a file of another tool. */
async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  samples: SampleSet,
  format: "pprof" | "collapsed" | "speedscope",
  name: string,
  settled: boolean,
): Promise<FastifyReply> {
  const set = settled ? inOrder(samples) : samples;
  const attach = (extension: string): FastifyReply =>
    reply.header("content-disposition", `attachment; filename="${name}.${extension}"`);
  switch (format) {
    case "pprof":
      return send(request, attach("pb.gz"), await toPprofGzip(set), "application/octet-stream", settled);
    case "collapsed":
      return send(request, attach("txt"), toCollapsed(set), "text/plain; charset=utf-8", settled);
    case "speedscope":
      return sendJson(request, attach("speedscope.json"), toSpeedscope(set, name), settled);
  }
}

/** `wrap` makes the JSON answer of the profile. Filters are compiled first: a bad one fails before anything is read. */
export async function sendProfile(
  request: FastifyRequest,
  reply: FastifyReply,
  query: OutputQuery,
  source: {
    readonly read: () => Promise<SampleSet>;
    readonly name: string;
    readonly settled: boolean;
    readonly wrap?: (profile: Profile) => unknown;
  },
): Promise<FastifyReply> {
  const filters = compileFilters(query);
  const set = applyFilters(await source.read(), filters);
  const format = query.format ?? "json";
  if (format !== "json") return sendFile(request, reply, set, format, source.name, source.settled);
  const profile = toProfile(set, query.maxNodes ?? DEFAULT_MAX_NODES, filters.highlight);
  return sendJson(request, reply, source.wrap?.(profile) ?? profile, source.settled);
}

/** Answers when there is no profile: 200 with the state for json, 406 for files. */
export function sendState(
  request: FastifyRequest,
  reply: FastifyReply,
  query: OutputQuery,
  answer: StatefulProfile & { state: Exclude<ProfileState, "ready"> },
): FastifyReply {
  compileFilters(query);
  if (query.format !== undefined && query.format !== "json")
    throw new ApiError("format_not_available", `There is no profile to export: ${answer.state}.`, {
      field: "format",
    });
  return sendJson(request, reply, answer);
}
