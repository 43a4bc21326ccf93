import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { SideSelection } from "@hotspan/ledger";
import { api } from "../contract.ts";
import { drawSides, sideLimits } from "../db/sides.ts";
import { ApiError } from "../errors.ts";
import { sendJson } from "../http/answer.ts";
import { rootCauseAnswer } from "../ledger/compare-answer.ts";
import { callerOf } from "../params/caller.ts";
import { parseRange, type TimeRange } from "../params/time.ts";
import type { SideQuery } from "../types.ts";
import type { App, Context } from "./context.ts";
import { frameResolver } from "./ledger-input.ts";
import { measureSpans } from "./measure.ts";

const DEFAULT_SPANS = 200;

export function rootCauseRoutes(app: App, context: Context): void {
  const { settings, store, ledgers } = context;

  app.route({
    ...api.rootCause,
    // Strict: in a body "10" is not 10.
    validatorCompiler: TypeBoxValidatorCompiler,
    handler: async (request, reply) => {
      const { body } = request;
      if ((body.operation === undefined) === (body.endpoint === undefined))
        throw new ApiError("bad_parameter", "Give either an operation or an endpoint.", {
          field: body.operation === undefined ? "endpoint" : "operation",
        });
      const now = settings.now();
      const range = parseRange(body, now, settings.maxRangeMs);
      const limits = sideLimits(now, settings.maxRangeMs);
      const { slow = { percentile: 95 }, baseline = { percentile: [25, 75] }, seed = 1 } = body;
      const caller = callerOf(request, reply);
      const drawn = await drawSides(store, caller, body, { slow, baseline }, range, limits, {
        most: body.maxSpans ?? DEFAULT_SPANS,
        seed,
      });
      const measured = await measureSpans(
        context,
        caller,
        [...drawn.slow, ...drawn.baseline],
        widest(range, slow, baseline),
      );
      const slowIds = new Set(drawn.slow.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
      const bySide = Map.groupBy(measured, ({ traceId, spanId }) => slowIds.has(`${traceId}/${spanId}`));
      const result = await ledgers.run(
        {
          kind: "root_cause",
          slow: bySide.get(true) ?? [],
          baseline: bySide.get(false) ?? [],
          options: { seed, slow: selectionOf(slow), baseline: selectionOf(baseline) },
        },
        frameResolver(context, caller),
      );
      if (!result.comparable) throw new ApiError("not_comparable", result.detail);
      return sendJson(request, reply, rootCauseAnswer(result.answer));
    },
  });

  /** All that either side may lie in: how long child operations usually take is looked up there. */
  function widest(range: TimeRange, ...sides: readonly SideQuery[]): TimeRange {
    let { from, to } = range;
    for (const side of sides) {
      if (side.from === undefined && side.to === undefined) continue;
      const own = sideLimits(settings.now(), settings.maxRangeMs).parse(side, "slow");
      if (own.from < from) from = own.from;
      if (own.to > to) to = own.to;
    }
    return { from, to };
  }

  function selectionOf(side: SideQuery): SideSelection {
    const { percentile, minMs, maxMs, version, instance } = side;
    const own =
      side.from === undefined && side.to === undefined
        ? undefined
        : sideLimits(settings.now(), settings.maxRangeMs).parse(side, "slow");
    return {
      percentile: typeof percentile === "number" ? percentile : (percentile as [number, number] | undefined),
      minMs,
      maxMs,
      version,
      instance,
      from: own === undefined ? undefined : Number(own.from / 1_000_000n),
      to: own === undefined ? undefined : Number(own.to / 1_000_000n),
    };
  }
}
