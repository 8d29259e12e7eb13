/** The end of what was printed, for whoever asks why it failed. */
const LINES = 20;
const LINE_LENGTH = 500;

export class LastLines {
  #lines: string[] = [];
  #isOpen = false;

  add(text: string): void {
    const pieces = text.split("\n");
    // Behind the last line's end there is nothing yet.
    const rest = pieces.at(-1) === "";
    if (rest) pieces.pop();
    if (this.#isOpen) {
      const first = pieces.shift() ?? "";
      this.#lines.push(((this.#lines.pop() ?? "") + first).slice(0, LINE_LENGTH));
    }
    this.#isOpen = !rest;
    const kept = pieces.slice(-LINES).map((line) => line.slice(0, LINE_LENGTH));
    this.#lines = [...this.#lines, ...kept].slice(-LINES);
  }

  get lines(): readonly string[] {
    return this.#lines.filter((line) => line.trim() !== "");
  }
}
