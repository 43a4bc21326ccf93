export { ledgerEvents, ledgerWindow, type Stacks } from "./stored.ts";
