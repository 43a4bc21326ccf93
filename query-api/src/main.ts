import { misspelt, misspeltText, withoutServiceLinks } from "@hotspan/environment";
import { ConfigError, configFromEnv } from "./config.ts";
import { type QueryApi, startQueryApi } from "./server.ts";

for (const one of misspelt(process.env)) process.stderr.write(`${misspeltText(one)}\n`);
let api: QueryApi;
try {
  api = await startQueryApi(configFromEnv(withoutServiceLinks(process.env)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}

let ending = false;
const end = (): void => {
  if (ending) return;
  ending = true;
  api.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on("SIGTERM", end);
process.on("SIGINT", end);
process.on("disconnect", end);
process.send?.({ type: "listening", url: api.url });
