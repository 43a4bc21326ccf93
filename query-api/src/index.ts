export { ConfigError } from "./config.ts";
export type { QueryApiConfig } from "./config.ts";
export { ERROR_CODES } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export { startQueryApi } from "./server.ts";
export type { QueryApi } from "./server.ts";
export type * from "./types.ts";
