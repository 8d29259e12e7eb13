/** Where in a JSON text the parser stopped, which Node tells in words that differ between versions. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export function lineAndColumn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

/** The offset of the first character that is not JSON; the text's length when it ends too early. */
export function syntaxErrorOffset(text: string): number {
  return new Scanner(text).firstError();
}

/** A recogniser of RFC 8259, for the position of an error alone: JSON.parse has already refused the text. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  firstError(): number {
    try {
      this.#value();
      this.#space();
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
    return this.#at;
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #expect(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw new Stopped();
    this.#at += match[0].length;
  }

  #value(): void {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{") this.#list("}", () => this.#member());
    else if (first === "[") this.#list("]", () => this.#value());
    else if (first === '"') this.#string();
    else this.#expect(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y);
  }

  #member(): void {
    this.#space();
    this.#string();
    this.#space();
    this.#expect(/:/y);
    this.#value();
  }

  #list(close: "}" | "]", item: () => void): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      item();
      this.#space();
      if (this.#text[this.#at] === close) {
        this.#at++;
        return;
      }
      this.#expect(/,/y);
    }
  }

  #string(): void {
    // JSON has no control characters in its strings.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    this.#expect(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y);
  }
}

class Stopped extends Error {}
