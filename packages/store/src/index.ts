export { createStoreClient, waitUntilReady } from "./client.ts";
export type { StoreClientOptions } from "./client.ts";
export { STORE_ERROR_CODES, StoreError } from "./errors.ts";
export type { StoreErrorCode } from "./errors.ts";
export { quoteIdentifier } from "./identifier.ts";
export { insertRowBinary } from "./insert.ts";
export type { InsertOptions } from "./insert.ts";
export { RowWriter } from "./rowbinary.ts";
