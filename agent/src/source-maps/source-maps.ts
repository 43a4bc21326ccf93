import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { inCleanContext } from "../clean.ts";
import { debug } from "../log.ts";
import { withoutTracing } from "../otel/suppress.ts";
import { packageRoot } from "../package-root.ts";
import type { RawNode } from "../sampler/native.ts";
import { betweenTurns, type Spent, type Steps } from "../window/steps.ts";
import type { MappedFrame, ScriptAnswer, ScriptQuestion } from "./resolve.ts";

/** Frames known of all scripts together; a hundred bytes each. */
const MOST_FRAMES = 50_000;
const IDLE_MILLIS = 60_000;
const MEBIBYTES = 512;
/** Between two steps. */
const NODES_PER_STEP = 128;
/** A map within the script is longer than that. */
const TAIL_BYTES = 4096;

/** Of a frame, as V8 names it. */
type FramePlace = Pick<RawNode, "scriptName" | "lineNumber" | "columnNumber">;

interface FrameNode extends FramePlace {
  readonly children: readonly FrameNode[];
}

interface Answered {
  readonly id: number;
  readonly answers: readonly ScriptAnswer[];
  readonly cpuNanos: number;
}

interface Script {
  /** False: it has neither map nor debug id. */
  path: string | false;
  lookedAt: boolean;
  /** By `keyOf`. */
  readonly frames: Map<number, MappedFrame | undefined>;
  debugId: string | undefined;
}

/**
 * Where sampled frames come from, by the source maps of their scripts: of those that were sampled only, read in a thread of
 * its own that ends when nobody asks. Scripts in node_modules keep their names: people know their dependencies by what is
 * installed.
 */
export class SourceMaps {
  readonly #scripts = new Map<string, Script>();
  #frames = 0;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, (answers: readonly ScriptAnswer[]) => void>();
  #failures = 0;
  #cpuNanos = 0;

  /** What is known; never waits. */
  frame(node: FramePlace): MappedFrame | undefined {
    return this.#scripts.get(node.scriptName)?.frames.get(keyOf(node));
  }

  debugId(scriptName: string): string | undefined {
    return this.#scripts.get(scriptName)?.debugId;
  }

  /** CPU of the thread that reads maps, since the last call. */
  spentNanos(): number {
    const spent = this.#cpuNanos;
    this.#cpuNanos = 0;
    return spent;
  }

  /**
   * Learns what the frames of these trees need, for `timeoutMillis` at most; what comes later is there for the next window.
   * @param told what each turn of the loop spent on it
   */
  async prepare(
    roots: readonly FrameNode[],
    timeoutMillis: number,
    told: (spent: Spent) => void = () => {},
  ): Promise<void> {
    try {
      const wanted = await betweenTurns(this.#unknown(roots), told);
      if (wanted.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutMillis);
      });
      await Promise.race([this.#learn(wanted), late]);
      clearTimeout(timer);
    } catch (error) {
      debug("source maps", error);
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    void this.#worker?.terminate();
    this.#worker = undefined;
    for (const [id, resolve] of this.#waiting) {
      this.#waiting.delete(id);
      resolve([]);
    }
  }

  *#unknown(roots: readonly FrameNode[]): Steps<ReadonlyMap<Script, readonly FrameNode[]>> {
    const wanted = new Map<Script, FrameNode[]>();
    if (this.#failures > 2) return wanted;
    if (this.#frames > MOST_FRAMES) {
      this.#scripts.clear();
      this.#frames = 0;
    }
    const stack = [...roots];
    let walked = 0;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (const child of node.children) stack.push(child);
      if (++walked % NODES_PER_STEP === 0) yield;
      const script = this.#scriptOf(node.scriptName);
      if (script === undefined || script.path === false) continue;
      const key = keyOf(node);
      if (script.frames.has(key)) continue;
      // Asked once only, whatever comes of it.
      script.frames.set(key, undefined);
      this.#frames++;
      const nodes = wanted.get(script);
      if (nodes === undefined) wanted.set(script, [node]);
      else nodes.push(node);
    }
    return wanted;
  }

  #scriptOf(name: string): Script | undefined {
    const known = this.#scripts.get(name);
    if (known !== undefined || name === "" || name.startsWith("node:")) return known;
    const script = { path: candidate(name), lookedAt: false, frames: new Map(), debugId: undefined };
    this.#scripts.set(name, script);
    return script;
  }

  async #learn(wanted: ReadonlyMap<Script, readonly FrameNode[]>): Promise<void> {
    await Promise.all([...wanted.keys()].map((script) => this.#look(script)));
    const scripts: Script[] = [];
    const questions: ScriptQuestion[] = [];
    for (const [script, nodes] of wanted) {
      const { path } = script;
      if (path === false) continue;
      scripts.push(script);
      const positions = nodes.map(({ lineNumber: line, columnNumber: column }) => ({ line, column }));
      questions.push({ script: path, positions });
    }
    if (questions.length === 0) return;
    const answers = await this.#ask(questions);
    for (const [index, { frames, debugId }] of answers.entries()) {
      const script = scripts[index] as Script;
      script.debugId = debugId;
      for (const [i, frame] of frames.entries()) {
        const { line, column } = (questions[index] as ScriptQuestion).positions[i] as MappedFrame;
        script.frames.set(keyOf({ lineNumber: line, columnNumber: column }), frame);
      }
    }
  }

  async #look(script: Script): Promise<void> {
    const { path, lookedAt } = script;
    if (path === false || lookedAt) return;
    script.lookedAt = true;
    if (!(await withoutTracing(() => namesMap(path)))) script.path = false;
  }

  #ask(questions: readonly ScriptQuestion[]): Promise<readonly ScriptAnswer[]> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker ??= inCleanContext(() => this.#start());
      this.#worker.postMessage({ id, questions });
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.close(), IDLE_MILLIS).unref();
    });
  }

  #start(): Worker {
    const worker = new Worker(join(packageRoot, "lib", "source-map-worker.cjs"), {
      // Neither this agent nor any other preload in that thread.
      execArgv: [],
      env: {},
      name: "hotspan-source-maps",
      resourceLimits: { maxOldGenerationSizeMb: MEBIBYTES },
    });
    worker.unref();
    worker.on("message", ({ id, answers, cpuNanos }: Answered) => {
      this.#cpuNanos += cpuNanos;
      this.#waiting.get(id)?.(answers);
      this.#waiting.delete(id);
    });
    worker.on("error", (error) => {
      this.#failures++;
      debug("source maps", error);
      if (worker === this.#worker) this.close();
    });
    // Last: listeners take the reference back.
    worker.unref();
    return worker;
  }
}

/** Bundles have their columns in the millions. */
const COLUMNS = 2 ** 26;

/** A number: no string has to be made for each node. */
function keyOf({ lineNumber, columnNumber }: Pick<FramePlace, "lineNumber" | "columnNumber">): number {
  return lineNumber * COLUMNS + columnNumber;
}

/** Its path, if it is a file of the application's. */
function candidate(scriptName: string): string | false {
  if (/[\\/]node_modules[\\/]/.test(scriptName)) return false;
  const path = scriptName.startsWith("file://") ? pathOf(scriptName) : scriptName;
  // The agent itself may lie elsewhere, by a link.
  return path?.startsWith("/") === true && !path.startsWith(`${packageRoot}/lib/`) ? path : false;
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url.replace(/[?#].*$/, ""));
  } catch {
    return undefined;
  }
}

/** Whether its end says so: most scripts have none, and need no thread. */
async function namesMap(path: string): Promise<boolean> {
  let file;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const tail = buffer.toString("latin1");
    return /\/\/[#@] (?:sourceMappingURL|debugId)=/.test(tail) || /^[\w+/=\s]+$/.test(tail);
  } catch {
    return false;
  } finally {
    await file?.close().catch(() => {});
  }
}
