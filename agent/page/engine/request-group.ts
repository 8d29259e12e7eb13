/**
 * Many requests that are waited for together, by one promise: with DevTools open, the debugger notes the stack
 * at every promise, which costs more than most requests.
 */
export class RequestGroup {
  #open = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param failed what follows from an error; the group waits for it too. */
  add(request: IDBRequest, succeeded: () => void, failed: (error: unknown) => Promise<void>): void {
    this.#open++;
    request.onsuccess = () => {
      succeeded();
      this.#close();
    };
    request.onerror = (event) => {
      // Else the failed request would abort its transaction, and with it everybody else's work in there.
      event.preventDefault();
      event.stopPropagation();
      this.addWork(
        failed(request.error ?? new DOMException("The request failed without an error.", "UnknownError")),
      );
      this.#close();
    };
  }

  /** Something else to wait for. */
  addWork(work: Promise<void>): void {
    this.#open++;
    work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => this.#close());
  }

  /** Resolves when all of it has ended. @throws what the first failed work failed with, at once. */
  async settled(): Promise<void> {
    while (this.#open > 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #close(): void {
    this.#open--;
    if (this.#open === 0 || this.#failure !== undefined) this.#wake?.();
  }
}
