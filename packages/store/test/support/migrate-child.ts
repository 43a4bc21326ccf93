// One of the processes that migrate at the same time: waits for "go".
import { prepareDatabase, type StoreClientOptions } from "@hotspan/store";

const connection = JSON.parse(process.env["CONNECTION"] ?? "") as StoreClientOptions;
process.once("message", () => {
  prepareDatabase(connection).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.("ready");
