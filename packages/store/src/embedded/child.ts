// The process that is the database. Its main thread only watches; the engine runs in a worker thread, because the call
// that runs clickhouse-local blocks until the server ends.
import ffi from "ffi-rs";
import { writeFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { tryLock } from "./flock.ts";
import { bootScript, type ChildMessage, type StartMessage } from "./protocol.ts";
import { confine } from "./sandbox.ts";

// The parent of a graceful stop waits at most 5 s for everything.
const stopGraceMs = 2_000;

// The server of a parent that was killed a moment ago holds the lock until it has shut down.
const lockPatienceMs = stopGraceMs + 500;

if (isMainThread) {
  process.umask(0o077);
  process.once("message", (message) => start(message as StartMessage, performance.now() + lockPatienceMs));
  process.once("disconnect", () => {
    // Standard input has closed as well, so the engine is already stopping.
    setTimeout(die, stopGraceMs);
  });
} else {
  runEngine(workerData as StartMessage);
}

function start(message: StartMessage, deadline: number): void {
  const lock = tryLock(message.lockPath);
  if (!lock.held && performance.now() < deadline) {
    setTimeout(() => start(message, deadline), 50);
    return;
  }
  if (!lock.held) {
    tell({ type: "locked", pid: lock.pid }, () => process.exit(3));
    return;
  }
  writeFileSync(message.config.path, message.config.text, { mode: 0o600 });
  writeFileSync(message.users.path, message.users.text, { mode: 0o600 });
  const worker = new Worker(new URL(import.meta.url), {
    workerData: message,
    resourceLimits: { stackSizeMb: 8 },
  });
  worker.on("message", (report: ChildMessage) => tell(report, report.type === "ended" ? die : undefined));
  worker.on("error", (error) => tell({ type: "ended", error: String(error) }, die));
}

function tell(message: ChildMessage, then?: () => void): void {
  if (!process.connected || process.send === undefined) {
    then?.();
    return;
  }
  process.send(message, () => then?.());
}

// Never exit() once the engine has run: the destructors of its thread-locals crash in a thread that Node winds down
// (SIGSEGV after a clean shutdown). Nothing is lost, the data is on disk by then.
function die(): void {
  process.kill(process.pid, "SIGKILL");
}

function runEngine(message: StartMessage): void {
  const library = "chdb";
  ffi.open({ library, path: message.library });
  // After the engine has been loaded from its package, before it starts a thread or serves anyone.
  report({ type: "booting", confined: confine(message.enginePath, message.ports) });
  const argv = [
    "clickhouse",
    `--config-file=${message.config.path}`,
    `--path=${message.enginePath}`,
    "--input-format=LineAsString",
    "--structure=s String",
    "-n",
    "-q",
    bootScript,
  ];
  // ffi-rs, not koffi: it calls on the current stack, and the engine checks where its stack ends.
  const result = ffi.load({
    library,
    funcName: "chdb_query_cmdline",
    retType: ffi.DataType.External,
    paramsType: [ffi.DataType.I32, ffi.DataType.StringArray],
    paramsValue: [argv.length, argv],
  });
  const errorOf = {
    library,
    funcName: "chdb_result_error",
    paramsType: [ffi.DataType.External],
    paramsValue: [result],
  };
  // A null pointer read as a string would crash, so look at the pointer first.
  const failed = !ffi.isNullPointer(ffi.load({ ...errorOf, retType: ffi.DataType.External }));
  report({
    type: "ended",
    error: failed ? ffi.load({ ...errorOf, retType: ffi.DataType.String }) : undefined,
  });
  // Stay in this thread until the main thread has reported and killed the process.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function report(message: ChildMessage): void {
  parentPort?.postMessage(message);
}
