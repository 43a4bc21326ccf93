import { Agent } from "./agent.ts";
import { warnOnce } from "./log.ts";
import { AGENT_VERSION, packageRoot } from "./package-root.ts";

interface Slot {
  readonly version: string;
  readonly path: string;
  readonly agent: Agent;
}

const KEY = Symbol.for("hotspan.agent.v1");

/**
 * The one agent of this thread, whichever copy of the code asks: `--import` loads the ES modules, the application may
 * `require` the CommonJS ones. A second installation stands aside and uses the first.
 */
export function sharedAgent(): Agent {
  const holder = globalThis as { [KEY]?: Slot };
  const present = holder[KEY];
  if (present !== undefined) {
    if (present.path !== packageRoot)
      warnOnce(
        "HOTSPAN_AGENT_SECOND_COPY",
        `two copies of the agent: ${present.path} (${present.version}) is at work, ${packageRoot} (${AGENT_VERSION}) stands aside`,
      );
    return present.agent;
  }
  const agent = new Agent();
  Object.defineProperty(globalThis, KEY, {
    value: { version: AGENT_VERSION, path: packageRoot, agent } satisfies Slot,
    configurable: true,
  });
  return agent;
}
