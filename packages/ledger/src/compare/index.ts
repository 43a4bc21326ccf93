export { CompareError } from "./errors.ts";
export type { CompareErrorCode } from "./errors.ts";
export { compareProfiles } from "./profiles.ts";
export type {
  CompareProfilesOptions,
  FunctionDifference,
  Normalise,
  ProfileComparison,
  ProfileSide,
} from "./profiles.ts";
export type { Replicates } from "./profile-functions.ts";
export type { ProfileFrame, ProfileTree } from "./profile-tree.ts";
export { regressions } from "./regressions.ts";
export type { Regression, RegressionsAnswer, RegressionsOptions, VersionSpans } from "./regressions.ts";
export type * from "./result.ts";
export { LEAST_SPANS, rootCause } from "./root-cause.ts";
export type { RootCauseInput, RootCauseOptions } from "./root-cause.ts";
export { sentence } from "./sentence.ts";
export type { Selections, SideSelection } from "./sentence.ts";
export type { BlameTime, ChildTime, FrameKind, FunctionTime, SpanVector, VectorFrame } from "./vector.ts";
