/** What keeps the process from being ready, by component. */
export class Health {
  readonly #reasons = new Map<string, string>();
  readonly #probes: (() => string | undefined)[] = [];

  /** Adds a component that is asked each time: its reason, or undefined when it is well. */
  ask(probe: () => string | undefined): void {
    this.#probes.push(probe);
  }

  bad(component: string, reason: string): void {
    this.#reasons.set(component, reason);
  }

  good(component: string): void {
    this.#reasons.delete(component);
  }

  /** `component: reason` of everything that is not well; empty when ready. */
  get reasons(): readonly string[] {
    const told = [...this.#reasons].map(([component, reason]) => `${component}: ${reason}`);
    return [...told, ...this.#probes.map((probe) => probe()).filter((reason) => reason !== undefined)];
  }
}
