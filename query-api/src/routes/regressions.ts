import { LEAST_SPANS } from "@hotspan/ledger";
import { api } from "../contract.ts";
import type { Drawn } from "../db/sides.ts";
import { drawVersion, readVersions, type VersionFacts } from "../db/versions.ts";
import { sendJson } from "../http/answer.ts";
import { contributionAnswer } from "../ledger/compare-answer.ts";
import { callerOf } from "../params/caller.ts";
import { parseRange } from "../params/time.ts";
import type { Regressions } from "../types.ts";
import type { App, Context } from "./context.ts";
import { frameResolver } from "./ledger-input.ts";
import { measureSpans } from "./measure.ts";

/** Spans measured of each version; a change of half the standard deviation shows in so many. */
const SPANS = 80;
/** Version changes whose spans are measured; those whose mean grew most. */
const MAX_CHANGES = 10;
const ALPHA = 0.05;

export function regressionRoutes(app: App, context: Context): void {
  const { settings, store, ledgers } = context;

  app.route({
    ...api.regressions,
    handler: async (request, reply) => {
      const { query } = request;
      const range = parseRange(query, settings.now(), settings.maxRangeMs);
      const caller = callerOf(request, reply);
      const versions = await readVersions(store, caller, query, range, LEAST_SPANS);
      const changes = versionChanges(versions);
      const grown = changes
        .filter(({ before, after }) => after.meanNano > before.meanNano)
        .sort((a, b) => b.after.meanNano - b.before.meanNano - (a.after.meanNano - a.before.meanNano))
        .slice(0, MAX_CHANGES);
      const wanted = [...new Set(grown.flatMap(({ before, after }) => [before, after]))];
      const draws: (readonly [VersionFacts, Drawn[]])[] = [];
      for (const facts of wanted)
        draws.push([facts, await drawVersion(store, caller, facts, range, { most: SPANS, seed: 1 })]);
      const measured = await measureSpans(
        context,
        caller,
        draws.flatMap(([, spans]) => spans),
        range,
      );
      const byId = new Map(measured.map((span) => [`${span.traceId}/${span.spanId}`, span]));
      const groups = draws.map(([{ service, endpoint, version, firstUnixNano }, spans]) => ({
        service,
        endpoint,
        version,
        firstUnixNano,
        spans: spans.flatMap(({ traceId, spanId }) => byId.get(`${traceId}/${spanId}`) ?? []),
      }));
      const answer: Regressions = { regressions: [] };
      if (groups.length > 0) {
        const found = await ledgers.run(
          { kind: "regressions", groups, seed: 1 },
          frameResolver(context, caller),
        );
        // Looking at those that grew most is a choice among all of them.
        const choice = changes.length / grown.length;
        for (const one of found.regressions) {
          const p = Math.min(1, one.p * choice);
          if (p <= ALPHA) answer.regressions.push({ ...one, p, top: one.top.map(contributionAnswer) });
        }
      }
      return sendJson(request, reply, answer);
    },
  });
}

interface Change {
  readonly before: VersionFacts;
  readonly after: VersionFacts;
}

/** Each version of an endpoint and the one before it. */
function versionChanges(versions: readonly VersionFacts[]): Change[] {
  return [...Map.groupBy(versions, (one) => `${one.service}\0${one.endpoint}`).values()].flatMap((list) => {
    const order = list.toSorted((a, b) =>
      a.firstUnixNano < b.firstUnixNano
        ? -1
        : a.firstUnixNano > b.firstUnixNano
          ? 1
          : a.version < b.version
            ? -1
            : 1,
    );
    return order.slice(1).map((after, i) => ({ before: order[i]!, after }));
  });
}
