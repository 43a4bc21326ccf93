// How long it takes until a frame shows what changed. The same for every tool: the clock stops in the first task after
// the frame that followed the first change of a canvas or of the document, so script, style and layout count, and so
// does what a canvas rasterises on this thread; what other threads do with the frame afterwards does not.

let changes = 0;
let rectangles = 0;

/** Boxes drawn so far on canvases. A tool may mount an empty canvas first. */
export const drawnBoxes = (): number => rectangles;

/** To call before any script of the tool runs. */
export function watchDrawing(): void {
  watch(CanvasRenderingContext2D.prototype, ["fillRect", "fill", "drawImage"], () => rectangles++);
  watch(CanvasRenderingContext2D.prototype, ["strokeRect", "fillText"], () => {});
  watch(WebGLRenderingContext.prototype, ["drawElements", "drawArrays"], () => rectangles++);
}

/** Once there is a document. */
export function watchDocument(): void {
  new MutationObserver(() => changes++).observe(document, {
    attributes: true,
    characterData: true,
    childList: true,
    subtree: true,
  });
}

function watch(type: object, names: readonly string[], see: () => void): void {
  const methods = type as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const native = methods[name];
    if (native === undefined) continue;
    methods[name] = function (this: unknown, ...args: unknown[]) {
      changes++;
      see();
      return native.apply(this, args);
    };
  }
}

const frame = (): Promise<number> =>
  new Promise((resolve) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(performance.now());
      channel.port2.postMessage(0);
    }),
  );

/** Milliseconds from now to the end of the first frame with a change; undefined: none within `frames`. */
export async function untilDrawn(
  act: () => void,
  { frames = 600, done = () => true }: { frames?: number; done?: () => boolean } = {},
): Promise<number | undefined> {
  const before = changes;
  const begun = performance.now();
  act();
  for (let i = 0; i < frames; i++) {
    const end = await frame();
    if (changes !== before && done()) return end - begun;
  }
  return undefined;
}

/** To the end of the last frame with a change, after which two had none: some tools draw in steps. */
export async function untilRest(act: () => void): Promise<number | undefined> {
  const begun = performance.now();
  let seen = changes;
  let last: number | undefined;
  act();
  for (let quiet = 0; quiet < (last === undefined ? 6 : 2); ) {
    const end = await frame();
    if (changes === seen) quiet++;
    else {
      quiet = 0;
      seen = changes;
      last = end - begun;
    }
  }
  return last;
}

/** The same for the next real input of the given kind: from its first listener. */
export function afterInput(type: string): void {
  window.inputTook = new Promise((resolve) => {
    window.addEventListener(type, () => void untilRest(() => {}).then(resolve), {
      capture: true,
      once: true,
    });
  });
}

declare global {
  interface Window {
    /** The profile in the tool's own format. */
    profileText: string;
    /** Draws the profile; milliseconds to the first frame with it. */
    firstFrame: () => Promise<number | undefined>;
    /** Marks what matches, where the tool can. */
    search?: (text: string) => Promise<number | undefined>;
    afterInput: typeof afterInput;
    inputTook: Promise<number | undefined>;
  }
}
