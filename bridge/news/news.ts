/** A revision that moves with every change, and those who wait for the next one. */
export class News {
  readonly #intervalMs: number;
  readonly #waiting = new Set<() => void>();
  #revision = 1;
  #timer: NodeJS.Timeout | undefined;

  /** @param intervalMs How often those who wait are told, at most. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  get revision(): number {
    return this.#revision;
  }

  tell(): void {
    this.#revision++;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
    }, this.#intervalMs);
  }

  /** Resolves once the revision is another one. Rejects with the signal's reason. */
  async after(known: number, signal: AbortSignal): Promise<void> {
    while (this.#revision === known) await this.#next(signal);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => {
        this.#waiting.delete(wake);
        reject(signal.reason);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.add(wake);
    });
  }
}
