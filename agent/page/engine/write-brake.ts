/**
 * Takes back what a write has not committed yet.
 *
 * `abort()` fails once a transaction is committing or over, and is certain before (Indexed Database API 3.0,
 * 4.10): its return is what counts, since Firefox fires no "abort" while a transaction waits for its turn.
 */
export class WriteBrake {
  #isPulled = false;
  #transaction: IDBTransaction | undefined;
  #tellTakenBack: (() => void) | undefined;

  get isPulled(): boolean {
    return this.#isPulled;
  }

  /** Resolves when this transaction was taken back, which may be never. */
  guard(transaction: IDBTransaction): Promise<void> {
    this.#transaction = transaction;
    return new Promise((resolve) => {
      this.#tellTakenBack = resolve;
    });
  }

  pull(): void {
    this.#isPulled = true;
    try {
      this.#transaction?.abort();
    } catch {
      // Too late: its own end tells what became of it.
      return;
    }
    this.#tellTakenBack?.();
  }
}
