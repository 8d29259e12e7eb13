/** Waits for so long, or until it is woken: also by a call that came before it began to wait. */
export class Rest {
  #wake: (() => void) | undefined;
  #isWoken = false;

  /** @returns Whether it was woken. */
  async for(milliseconds: number): Promise<boolean> {
    if (!this.#isWoken) {
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(milliseconds) ? setTimeout(resolve, milliseconds) : undefined;
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const isWoken = this.#isWoken;
    this.#wake = undefined;
    this.#isWoken = false;
    return isWoken;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }
}
