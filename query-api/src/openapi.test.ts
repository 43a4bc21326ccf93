import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { openApiDocument } from "./openapi.ts";

const committed: unknown = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8"));

test("openapi.json is the contract: npm run openapi writes it", async () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(await openApiDocument())));
});

test("openapi.json is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const result = await validator.validate(committed as Record<string, unknown>);
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe("3.1");
});
