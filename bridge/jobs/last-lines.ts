/**
 * The end of what was printed, for whoever asks why it failed. Frames of a stack's trace say where in a tool's code,
 * in more lines than are kept: what was thrown stands above and between them.
 */
const STACK_FRAME = /^\s+at \S.*\)$|^\s*\.\.\. \d+ (?:more|common frames omitted)$/;

const LINES = 20;
const LINE_LENGTH = 500;

/** How many lines of one piece are looked at: a trace is no longer. */
const LOOKED_AT = 1000;

export class LastLines {
  #lines: readonly string[] = [];
  /** The beginning of a line whose end is still to come. */
  #begun = "";

  add(text: string): void {
    const pieces = text.split("\n");
    pieces[0] = this.#begun + pieces[0];
    this.#begun = (pieces.pop() ?? "").slice(0, LINE_LENGTH);
    const found = pieces.slice(-LOOKED_AT).filter(saysSomething);
    this.#lines = [...this.#lines, ...found.map((line) => line.slice(0, LINE_LENGTH))].slice(-LINES);
  }

  get lines(): readonly string[] {
    return [...this.#lines, this.#begun].filter(saysSomething).slice(-LINES);
  }
}

const saysSomething = (line: string): boolean => line.trim() !== "" && !STACK_FRAME.test(line);
