// `node --import @hotspan/agent/register app.js`, or `--require`, or in NODE_OPTIONS.
import { sharedAgent } from "./shared.ts";

sharedAgent().install();
