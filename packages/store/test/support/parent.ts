// A program that starts a store and then ends in the way it is told.
import { startEmbedded } from "@hotspan/store";

const [dataDir = ""] = process.argv.slice(2);
const store = await startEmbedded({ dataDir, maxMemoryBytes: 1024 ** 3 });
process.on("message", (how) => {
  if (how === "exit") process.exit(0);
  if (how === "throw") {
    setImmediate(() => {
      throw new Error("planned");
    });
  }
  if (how === "close") void store.close().then(() => process.disconnect());
});
process.send?.({ pid: store.pid, httpUrl: store.httpUrl });
