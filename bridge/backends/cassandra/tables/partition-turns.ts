/** One conditional write of a partition at a time: two would only be in each other's way. */
export class PartitionTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** In the order of asking. */
  async take<Result>(partition: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(partition);
    const mine = (before ?? Promise.resolve()).then(work, work);
    // Whoever waits waits for its end, whatever that is.
    this.#last.set(partition, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(partition) === mine) this.#last.delete(partition);
    }
  }
}
