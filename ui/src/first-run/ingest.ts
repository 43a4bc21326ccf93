// Where programs send to, as far as a page can know. Pure.

const port = 4318;

/** The ingest beside the server this page came from; `sure` is false on another machine, whose way there may be another. */
export function ingestOf(hostname: string): { readonly url: string; readonly sure: boolean } {
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return { url: `http://${loopback ? "127.0.0.1" : hostname}:${port}`, sure: loopback };
}
