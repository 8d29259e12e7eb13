import { PanelError } from "../panel-error.ts";

/** What a round looks at ends when a person wants to do something; what it writes ends only when it is cancelled. */
export interface RoundSignals {
  readonly look: AbortSignal;
  readonly write: AbortSignal;
}

/** One compare or apply at a time, and a person goes first. */
export class RunSlot {
  #person: { readonly cancel: AbortController; readonly ended: Promise<void> } | undefined;
  #round: { readonly look: AbortController; readonly write: AbortController } | undefined;
  #roundEnded: Promise<void> = Promise.resolve();

  /**
   * A round that runs by itself gives way first.
   *
   * @throws PanelError "busy" while another run of a person is under way; whatever the work throws.
   */
  async byPerson<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#person !== undefined) {
      throw new PanelError("busy", "A compare or an apply is running. Wait for its end, or cancel it.");
    }
    const cancel = new AbortController();
    const { promise: ended, settle: end } = settleable();
    this.#person = { cancel, ended };
    try {
      await this.giveWay();
      return await work(cancel.signal);
    } finally {
      this.#person = undefined;
      end();
    }
  }

  /** Waits until nothing else runs. @throws whatever the work throws. */
  async byItself<T>(work: (signals: RoundSignals) => Promise<T>): Promise<T> {
    while (!this.isFree) await this.ended();
    const look = new AbortController();
    const write = new AbortController();
    const { promise: ended, settle: end } = settleable();
    this.#round = { look, write };
    this.#roundEnded = ended;
    try {
      return await work({ look: look.signal, write: write.signal });
    } finally {
      this.#round = undefined;
      end();
    }
  }

  get isFree(): boolean {
    return this.#person === undefined && this.#round === undefined;
  }

  /** Resolves when what runs now has ended; something else may run by then. */
  ended(): Promise<void> {
    return this.#person?.ended ?? this.#roundEnded;
  }

  /** Ends what a round looks at, and waits for what it writes. */
  async giveWay(): Promise<void> {
    this.#round?.look.abort(new DOMException("A person goes first.", "AbortError"));
    await this.#roundEnded;
  }

  cancel(): void {
    const reason = new DOMException("Cancelled by the person.", "AbortError");
    this.#person?.cancel.abort(reason);
    this.#round?.look.abort(reason);
    this.#round?.write.abort(reason);
  }
}

function settleable(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}
