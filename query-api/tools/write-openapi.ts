// Writes openapi.json from the contract: node --conditions=hotspan-source tools/write-openapi.ts
import { writeFileSync } from "node:fs";
import { openApiDocument } from "../src/openapi.ts";

writeFileSync(
  new URL("../openapi.json", import.meta.url),
  `${JSON.stringify(await openApiDocument(), null, 2)}\n`,
);
