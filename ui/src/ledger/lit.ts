// The class under the pointer or the focus, shared by bar, table and timeline of one page.
import { createContext, useContext } from "react";
import type { LedgerClass } from "../api/ledger-types.ts";

export interface Lit {
  readonly lit: LedgerClass | undefined;
  readonly light: (name: LedgerClass | undefined) => void;
}

export const LitContext = createContext<Lit>({ lit: undefined, light: () => {} });
export const useLit = (): Lit => useContext(LitContext);
export const onIf = (lit: LedgerClass | undefined, name: LedgerClass): string => (lit === name ? " on" : "");
