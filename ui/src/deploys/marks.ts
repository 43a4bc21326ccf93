// Deploys on an axis of time: which are drawn, and what they say.
import type { Deploy } from "../api/types.ts";
import { toUnixMs } from "../lib/time.ts";

/** One or more deploys that stand at the same place of an axis. */
export interface DeployMark {
  /** Of the first, 0..1. */
  readonly share: number;
  readonly atMs: number;
  readonly deploys: readonly Deploy[];
}

/**
 * Deploys in [fromMs, toMs), those nearer than `apartPx` as one. A version before which none is known is no deploy: it is when sampling
 * began.
 */
export function deployMarks(
  deploys: readonly Deploy[],
  range: { readonly fromMs: number; readonly toMs: number },
  width: number,
  apartPx = 48,
): readonly DeployMark[] {
  const { fromMs, toMs } = range;
  const marks: DeployMark[] = [];
  for (const deploy of deploys) {
    const atMs = toUnixMs(deploy.unixNano);
    if (deploy.previousVersion === null || atMs < fromMs || atMs >= toMs) continue;
    const share = (atMs - fromMs) / (toMs - fromMs);
    const last = marks.at(-1);
    if (last !== undefined && (share - last.share) * width < apartPx)
      marks[marks.length - 1] = { ...last, deploys: [...last.deploys, deploy] };
    else marks.push({ share, atMs, deploys: [deploy] });
  }
  return marks;
}

/** `cart 1.1.0`, `2 deploys`. */
export function markWords({ deploys }: DeployMark): string {
  const [first] = deploys;
  if (first === undefined) return "";
  const same = deploys.every((one) => one.service === first.service && one.version === first.version);
  return same ? `${first.service} ${first.version}` : `${deploys.length} deploys`;
}

/** `cart 1.0.0 → 1.1.0 in prod`. */
export const deployWords = ({ service, previousVersion, version, environment }: Deploy): string =>
  `${service} ${previousVersion ?? ""} → ${version}${environment === null ? "" : ` in ${environment}`}`;
