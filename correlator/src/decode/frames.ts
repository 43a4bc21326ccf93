/** Enum8 numbers of `profile_stacks.Kinds`. */
export const FrameKind = {
  app: 1,
  dependency: 2,
  node: 3,
  v8: 4,
  gc: 5,
  native: 6,
  runtime: 7,
} as const;

export type FrameKindNumber = (typeof FrameKind)[keyof typeof FrameKind];

export interface FrameClass {
  /** npm package, `node`, `v8`, or `""` for the service's own code. */
  readonly package: string;
  readonly kind: FrameKindNumber;
}

const own: FrameClass = { package: "", kind: FrameKind.app };
const node: FrameClass = { package: "node", kind: FrameKind.node };
const v8: FrameClass = { package: "v8", kind: FrameKind.v8 };
const gc: FrameClass = { package: "v8", kind: FrameKind.gc };
const runtime: FrameClass = { package: "node", kind: FrameKind.runtime };
const wasm: FrameClass = { package: "", kind: FrameKind.native };

/**
 * Whose code a frame is, from its names alone: a replay must classify as the first reading did.
 * @param name function name as V8 gives it, `(anonymous)` or `""` for none
 * @param file path or URL as the agent sends it: often relative to the working directory
 */
export function classifyFrame(name: string, file: string): FrameClass {
  if (file === "") return withoutFile(name);
  if (file.startsWith("node:")) return node;
  if (file.startsWith("wasm:")) return wasm;
  if (file.startsWith("native ")) return v8;
  const packageName = packageOf(file);
  const kind = /\.(?:node|so|dylib)(?:\.[\d.]+)?$/.test(file) ? FrameKind.native : undefined;
  if (packageName !== undefined) return { package: packageName, kind: kind ?? FrameKind.dependency };
  return kind === undefined ? own : { package: "", kind };
}

function withoutFile(name: string): FrameClass {
  switch (name) {
    case "(garbage collector)":
      return gc;
    case "(program)":
    case "(idle)":
    case "(root)":
      return runtime;
    // Builtins all have names; code from `eval` and `new Function` has neither a file nor, mostly, a name.
    case "":
    case "(anonymous)":
      return own;
    default:
      return v8;
  }
}

/** The innermost `node_modules/<package>` of a path, with its scope; pnpm's and Yarn's nested ones end there too. */
function packageOf(file: string): string | undefined {
  const path = file.includes("\\") ? file.replaceAll("\\", "/") : file;
  const folder = "node_modules/";
  let at = path.lastIndexOf(folder);
  // `my_node_modules/x` is a folder like any other.
  while (at > 0 && path[at - 1] !== "/") at = path.lastIndexOf(folder, at - 1);
  if (at === -1) return undefined;
  const [first = "", second = "", third] = path.slice(at + folder.length).split("/", 3);
  if (first === ".pnpm") return pnpmPackage(second);
  if (!first.startsWith("@")) return second === "" ? undefined : first;
  // `file://` URLs may carry the @ encoded; V8 keeps what the loader gave it.
  return second === "" || third === undefined ? undefined : `${first}/${second}`;
}

/** `@scope+name@1.2.3_peer@4` → `@scope/name`: a file directly in pnpm's virtual store. */
function pnpmPackage(folder: string): string | undefined {
  const version = folder.indexOf("@", 1);
  const name = (version === -1 ? folder : folder.slice(0, version)).replace("+", "/");
  return name === "" ? undefined : name;
}
