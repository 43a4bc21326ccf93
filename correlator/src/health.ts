/** What keeps the process from being ready, by component. */
export class Health {
  readonly #reasons = new Map<string, string>();

  bad(component: string, reason: string): void {
    this.#reasons.set(component, reason);
  }

  good(component: string): void {
    this.#reasons.delete(component);
  }

  /** `component: reason` of everything that is not well; empty when ready. */
  get reasons(): readonly string[] {
    return [...this.#reasons].map(([component, reason]) => `${component}: ${reason}`);
  }
}
