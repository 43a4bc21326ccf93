import { useTitle } from "../lib/useTitle.ts";
import { FirstRun } from "./FirstRun.tsx";

/** The same steps at an address of their own, for those who already have data. */
export function StartPage() {
  useTitle("Attach the agent");
  return <FirstRun stay />;
}
