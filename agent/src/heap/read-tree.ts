import type { HeapNode } from "./native.ts";

/**
 * The tree as the sampler's addon writes it to a file. It is JSON except that names are not escaped: a function may be called
 * `say "hello"`, and a file of Windows has backslashes. Names stand in one place only, so they can be escaped here.
 * @throws SyntaxError
 */
export function readHeapTree(text: string): HeapNode {
  const escaped = text.replaceAll(
    /\{"name":"([\s\S]*?)","scriptName":"([\s\S]*?)","scriptId":(?=-?\d+,"lineNumber":)/g,
    (_, name: string, script: string) =>
      `{"name":${JSON.stringify(name)},"scriptName":${JSON.stringify(script)},"scriptId":`,
  );
  return JSON.parse(escaped) as HeapNode;
}
