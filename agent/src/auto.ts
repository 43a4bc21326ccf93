// `node --import @hotspan/agent/auto app.js`, or `--require`: for programs that have no OpenTelemetry SDK of their own.
import { bringSdk } from "./auto/sdk.ts";
import { sharedAgent } from "./shared.ts";

bringSdk(sharedAgent());
