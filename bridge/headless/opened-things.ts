/** What a command opened, closed in the opposite order. */
export class OpenedThings {
  readonly #opened: { close(): unknown }[] = [];

  keep<Closable extends { close(): unknown }>(opened: Closable): Closable {
    this.#opened.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const one of this.#opened.reverse()) {
      // What it was opened for is done; a browser that went by itself must not hide what came of it.
      await Promise.resolve(one.close()).catch(() => undefined);
    }
  }
}
