import { Type, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { api } from "../../src/contract.ts";

export type EndpointName = keyof typeof api;

/** Where an answer is not what its schema promises. */
export function violations(name: EndpointName, body: unknown): unknown[] {
  const schema = api[name].schema.response[200].content["application/json"].schema as TSchema;
  return [...Compile(strict(schema)).Errors(body)];
}

/** The schema, with unknown fields refused: what is not in the contract must not be sent. */
export function strict(schema: TSchema): TSchema {
  const copy = structuredClone(JSON.parse(JSON.stringify(schema))) as Record<string, unknown>;
  const close = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    if ("properties" in node) Object.assign(node, { additionalProperties: false });
    Object.values(node).forEach(close);
  };
  close(copy);
  return Type.Unsafe(copy);
}
