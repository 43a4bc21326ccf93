export { main } from "./main.ts";
export { createProgram } from "./program/index.ts";
export { CLI_ERROR_CODES, CliError, EXIT } from "./errors.ts";
export type { CliErrorCode } from "./errors.ts";
