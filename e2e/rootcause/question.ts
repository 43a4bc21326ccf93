// What somebody would ask who sees the endpoint's durations, its versions and when it became slow, and nothing else.
import type { RootCauseBody } from "@hotspan/query-api/types";
import type { Period } from "./apps.ts";
import type { Expected } from "./expected.ts";

/** The same whatever share of the requests is hit: nobody knows that who asks. */
const SLOWEST = 90;

/** `before`: a time without the cause, for one that hits every request: then only before and after differ. */
export function questionOf(expected: Expected, period: Period, before: Period | undefined): RootCauseBody {
  const { service, endpoint, span, share, versions, class: name } = expected;
  // A span that is no request's is asked for by its name.
  const subject = {
    service,
    ...(span !== undefined && name !== "wait.child" ? { operation: span } : { endpoint }),
    ...period,
  };
  if (versions !== undefined)
    return {
      ...subject,
      slow: { version: versions.slow },
      baseline: { version: versions.baseline },
    };
  if (share === 1 && before !== undefined)
    return { ...subject, slow: { ...period }, baseline: { ...before } };
  return { ...subject, slow: { percentile: SLOWEST }, baseline: { percentile: [25, 75] } };
}

/** Who is told to look at a child asks the same of it: there the function is on the CPU. Undefined where it is not known. */
export function behind(expected: Expected): Expected | undefined {
  const { class: name, function: code, within, by, span, service, share } = expected;
  if (name !== "wait.child" || code === undefined || share === undefined) return undefined;
  if (by === undefined && span === undefined) return undefined;
  return {
    cause: expected.cause,
    service: by?.service ?? service,
    endpoint: by?.endpoint ?? expected.endpoint,
    function: code,
    ...(within === undefined ? {} : { within }),
    share,
    class: "cpu.self",
    ...(span === undefined ? {} : { span }),
  };
}

/** Spans of the endpoint that the question needs: more than 20 on each side. */
export function spansNeeded(expected: Expected): number {
  if (expected.share === 1) return 40;
  if (expected.versions !== undefined) return 80;
  return Math.ceil(24 / (1 - SLOWEST / 100));
}
