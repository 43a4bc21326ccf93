import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { Settings } from "../config.ts";
import type { Retention } from "../db/evidence.ts";
import type { StackReader } from "../db/stacks.ts";
import type { Store } from "../db/store.ts";
import type { TypicalDurations } from "../db/typical.ts";
import type { LedgerRunner } from "../ledger/runner.ts";

/** What handlers work with. */
export interface Context {
  readonly settings: Settings;
  readonly store: Store;
  /** As the account of POST /sql; undefined where statements are refused. */
  readonly sqlStore: Store | undefined;
  readonly stacks: StackReader;
  readonly retention: Retention;
  readonly typicals: TypicalDurations;
  readonly ledgers: LedgerRunner;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
