import type { Contribution as Computed, RootCauseAnswer } from "@hotspan/ledger";
import type { Contribution, RootCause } from "../types.ts";

export function rootCauseAnswer(computed: RootCauseAnswer): RootCause {
  return {
    ...computed,
    contributions: computed.contributions.map(contributionAnswer),
    attributes: [...computed.attributes],
    sentenceParts: [...computed.sentenceParts],
    warnings: [...computed.warnings],
  };
}

export function contributionAnswer(computed: Computed): Contribution {
  return { ...computed, exampleTraceIds: [...computed.exampleTraceIds] };
}
