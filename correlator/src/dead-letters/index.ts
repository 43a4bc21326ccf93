export { kafkaSecurity } from "../kafka/security.ts";
export type { Letter } from "./letter.ts";
export { openDeadLetters } from "./topic.ts";
export type { DeadLetterTopic } from "./topic.ts";
