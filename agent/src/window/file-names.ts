import { homedir } from "node:os";
import { fileURLToPath } from "node:url";

const MAX_LENGTH = 1024;

/** Script names as they go out: no home or working directory of this machine, no megabyte of `data:` URL. */
export class FileNames {
  readonly #names = new Map<string, string>();
  readonly #prefixes: readonly (readonly [prefix: string, instead: string])[];

  constructor(workingDirectory: string, home: string = safeHome()) {
    this.#prefixes = (
      [
        [workingDirectory, ""],
        [home, "~/"],
      ] as const
    )
      .filter(([prefix]) => prefix.length > 1)
      .map(([prefix, instead]) => [prefix.endsWith("/") ? prefix : `${prefix}/`, instead]);
  }

  of(scriptName: string): string {
    let name = this.#names.get(scriptName);
    if (name === undefined) {
      // Scripts made at run time may each have a name of their own.
      if (this.#names.size > 20_000) this.#names.clear();
      name = this.#clean(scriptName);
      this.#names.set(scriptName, name);
    }
    return name;
  }

  #clean(scriptName: string): string {
    let name = scriptName;
    if (name.startsWith("file://")) {
      try {
        name = fileURLToPath(name);
      } catch {
        name = name.slice("file://".length);
      }
    }
    if (name.startsWith("data:")) name = name.slice(0, 40);
    // An inlined source map or query is no part of the name.
    const query = name.indexOf("?");
    if (query > 0) name = name.slice(0, query);
    for (const [prefix, instead] of this.#prefixes)
      if (name.startsWith(prefix)) {
        name = instead + name.slice(prefix.length);
        break;
      }
    return name.slice(0, MAX_LENGTH);
  }
}

function safeHome(): string {
  try {
    return homedir();
  } catch {
    return "";
  }
}
