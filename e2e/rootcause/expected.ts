import type { LedgerClass } from "@hotspan/ledger";

/** What a cause is known to do: the shop's `Truth` without its times. */
export interface Expected {
  readonly cause: string;
  readonly service: string;
  readonly endpoint: string;
  /** Where the time goes. */
  readonly function?: string;
  /** To whom it hands its work: named instead of it, they are as right. */
  readonly within?: readonly string[];
  /** Service of the child that is waited for. */
  readonly awaits?: string;
  /** Whose function it is, where it is not the slow span's. */
  readonly by?: { readonly service: string; readonly endpoint: string };
  /** Name of the span it runs in, where that is no request's. */
  readonly span?: string;
  /** Of the endpoint's requests, those that are hit; absent where that depends on who meets whom. */
  readonly share?: number;
  readonly versions?: { readonly slow: string; readonly baseline: string };
  /** Absent: it must not make the span slow. */
  readonly class?: LedgerClass;
  /** What a hit request takes longer than others, ms. */
  readonly excessMs?: readonly [least: number, most: number];
}
