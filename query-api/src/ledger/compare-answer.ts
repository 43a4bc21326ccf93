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

const words = {
  gc: "(garbage collector)",
  runtime: "(runtime)",
  unlabelled: "(no request)",
  request: "(unknown)",
};

/** A row without function, endpoint and child is one of a class: what held the loop without either is given a name for a function. */
export function contributionAnswer(computed: Computed): Contribution {
  const { level, endpoint, blame } = computed;
  const nameless = level === "blame" && !endpoint && computed.function === undefined;
  return {
    ...computed,
    ...(nameless ? { function: words[blame ?? "unlabelled"] } : {}),
    exampleTraceIds: [...computed.exampleTraceIds],
  };
}
