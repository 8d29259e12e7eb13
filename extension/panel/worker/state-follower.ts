/** A state that the bridge tells whenever it is another one: followed while the bridge is connected. */
interface StateFollowerOptions<Source, State extends { readonly revision: number }> {
  /** Of the bridge at hand. @throws PanelError "not-connected". */
  readonly source: () => Source;
  /** The state; with the revision that is known, once there is another one. */
  readonly read: (source: Source, known: number | undefined) => Promise<State>;
  readonly onState: (state: State) => void;
}

export class StateFollower<Source, State extends { readonly revision: number }> {
  readonly #options: StateFollowerOptions<Source, State>;
  #following: Source | undefined;

  constructor(options: StateFollowerOptions<Source, State>) {
    this.#options = options;
  }

  /** The bridge is there: from now on until it is not. */
  follow(): void {
    const source = this.#options.source();
    if (this.#following === source) return;
    this.#following = source;
    void this.#follow(source)
      // The connection ended, or this bridge does not know it. A new connection begins anew.
      .catch(() => undefined)
      .finally(() => {
        if (this.#following === source) this.#following = undefined;
      });
  }

  async #follow(source: Source): Promise<void> {
    let known: number | undefined;
    while (this.#following === source) {
      const state = await this.#options.read(source, known);
      known = state.revision;
      this.#options.onState(state);
    }
  }
}
