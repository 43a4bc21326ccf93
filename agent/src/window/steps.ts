/** Work in steps between which the application can have its turn. */
export type Steps<T> = Generator<void, T, void>;

/** All of it at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
