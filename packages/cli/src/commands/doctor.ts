import { styleText } from "node:util";
import { EXIT } from "../errors.ts";
import { checkAgent, checkAgents } from "../doctor/agent.ts";
import { checkInstallation, checkFolder, checkPorts } from "../doctor/installation.ts";
import { checkRunning } from "../doctor/running.ts";
import type { Finding } from "../doctor/finding.ts";
import { readLiving } from "../instance/run-file.ts";

/** Prints one line per check; resolves with 0 when none failed. With `pid` only the agent in that process is asked. */
export async function doctor(data: string, pid?: number): Promise<number> {
  let failed = 0;
  const print = ({ state, what, advice }: Finding): void => {
    if (state === "fail") failed++;
    const color = state === "ok" ? "green" : state === "warn" ? "yellow" : "red";
    // A process tells what it likes, and root may ask anybody's.
    const said = printable(what);
    console.log(`${styleText(color, state.padEnd(4), { stream: process.stdout })}  ${said}`);
    if (advice !== undefined) console.log(`      → ${advice}`);
  };
  if (pid !== undefined) {
    for (const finding of checkAgent(pid)) print(finding);
    return failed === 0 ? EXIT.ok : EXIT.failure;
  }
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
  for (const finding of checkAgents()) print(finding);
  return failed === 0 ? EXIT.ok : EXIT.failure;
}

function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
