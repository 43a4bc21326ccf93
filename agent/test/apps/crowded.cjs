// A loop whose turns take a third of a second each, for six seconds.
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const end = Date.now() + 6000;

function turn() {
  const until = Date.now() + 300;
  while (Date.now() < until);
  if (Date.now() < end) setImmediate(turn);
}
turn();
