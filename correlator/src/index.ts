export { configFromEnvironment } from "./config.ts";
export type { CorrelatorConfig } from "./config.ts";
export { CORRELATOR_ERROR_CODES, CorrelatorError } from "./errors.ts";
export type { CorrelatorErrorCode } from "./errors.ts";
export { startCorrelator } from "./start.ts";
export type { Correlator } from "./start.ts";
