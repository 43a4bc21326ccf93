export { brokerAvailable } from "./available.ts";
export type { Availability } from "./available.ts";
export { BROKER_ERROR_CODES, BrokerError } from "./errors.ts";
export type { BrokerErrorCode } from "./errors.ts";
export type { SecureListeners } from "./secure.ts";
export { startBroker } from "./start.ts";
export type { Broker, BrokerOptions } from "./start.ts";
export { testBroker } from "./testing.ts";
export type { TestBroker } from "./testing.ts";
