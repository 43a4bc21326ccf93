// `npm run golden -w packages/wire`: writes ../../fixtures. Only for a new minor version; see CHANGELOG.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeWindow } from "../encode.ts";
import { goldenWindows, windowJson } from "./golden.ts";

const folder = join(import.meta.dirname, "../../fixtures");
mkdirSync(folder, { recursive: true });
for (const [name, window] of Object.entries(goldenWindows())) {
  writeFileSync(join(folder, `${name}.bin`), encodeWindow(window));
  writeFileSync(join(folder, `${name}.json`), windowJson(window));
}
