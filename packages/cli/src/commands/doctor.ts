import { styleText } from "node:util";
import { EXIT } from "../errors.ts";
import { checkInstallation, checkFolder, checkPorts } from "../doctor/installation.ts";
import { checkRunning } from "../doctor/running.ts";
import type { Finding } from "../doctor/finding.ts";
import { readLiving } from "../instance/run-file.ts";

/** Prints one line per check; resolves with 0 when none failed. */
export async function doctor(data: string): Promise<number> {
  let failed = 0;
  const print = ({ state, what, advice }: Finding): void => {
    if (state === "fail") failed++;
    const color = state === "ok" ? "green" : state === "warn" ? "yellow" : "red";
    console.log(`${styleText(color, state.padEnd(4), { stream: process.stdout })}  ${what}`);
    if (advice !== undefined) console.log(`      → ${advice}`);
  };
  for (const finding of [...checkInstallation(), ...checkFolder(data)]) print(finding);
  const run = readLiving(data);
  if (run !== undefined) {
    for await (const finding of checkRunning(run)) print(finding);
  } else {
    print({
      state: "warn",
      what: `no Hotspan runs on ${data}`,
      advice: "start one with `npx hotspan up`, or name the folder of a running one with --data",
    });
    for (const finding of await checkPorts()) print(finding);
  }
  return failed === 0 ? EXIT.ok : EXIT.failure;
}
