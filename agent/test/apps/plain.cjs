// A program without any OpenTelemetry: serves some requests of its own, then ends, or stays until it is told to.
const http = require("node:http");

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}

const server = http.createServer((_, response) => {
  spin(30);
  setTimeout(() => {
    spin(30);
    response.end("done");
  }, 5);
});
async function main() {
  for (let i = 0; i < 10; i++)
    await (await fetch(`http://127.0.0.1:${server.address().port}/jobs/${i}`)).text();
  process.stdout.write("served\n");
  if (process.argv[2] === "stay") return;
  server.closeAllConnections();
  server.close();
}
server.listen(0, "127.0.0.1", () => void main());
