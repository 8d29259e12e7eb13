/** Reads the text that formatNotation writes, edited by a person, back into a value; or says where it is wrong. */

export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  /** `offset` in UTF-16 units; `line` and `column` count from 1. */
  | {
      readonly ok: false;
      readonly message: string;
      readonly offset: number;
      readonly line: number;
      readonly column: number;
    };

const MAX_DEPTH = 400;
const MAX_ARRAY = 2 ** 32 - 1;

class NotationError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** `kept`: what `Kept(n)` stands for, as formatNotation gave it. */
export function parseNotation(text: string, kept: readonly unknown[]): Parsed {
  try {
    return { ok: true, value: new NotationReader(text, kept).read() };
  } catch (thrown) {
    if (!(thrown instanceof NotationError)) throw thrown;
    const before = text.slice(0, thrown.offset).split("\n");
    return {
      ok: false,
      message: thrown.message,
      offset: thrown.offset,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    };
  }
}

type TypedArrayClass = {
  new (length: number): ArrayBufferView & { [index: number]: number | bigint; readonly length: number };
  new (buffer: ArrayBuffer, offset: number, length?: number): ArrayBufferView;
  readonly BYTES_PER_ELEMENT: number;
};

const TYPED_ARRAYS: ReadonlyMap<string, TypedArrayClass> = new Map(
  [
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
  ].flatMap((name) => {
    const found = (globalThis as unknown as Record<string, TypedArrayClass | undefined>)[name];
    return found === undefined ? [] : [[name, found] as const];
  }),
);

const NUMBER = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)/y;
const BIGINT = /-?(?:0|[1-9]\d*)n/y;
const WORD = /[A-Za-z_$][\w$]*/y;
// Newlines and other control characters are escaped in a string, as in JSON: JSON.parse refuses them.
const STRING = /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /(?:[\s]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const DIGITS = /\d+/y;
const ISO_DATE = /^[-+]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

class NotationReader {
  readonly #text: string;
  readonly #kept: readonly unknown[];
  readonly #labels = new Map<number, unknown>();
  #at = 0;
  #depth = 0;

  constructor(text: string, kept: readonly unknown[]) {
    this.#text = text;
    this.#kept = kept;
  }

  read(): unknown {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#wrong(`${this.#here()} after the end of the value`);
    return value;
  }

  #value(): unknown {
    this.#space();
    if (++this.#depth > MAX_DEPTH) throw this.#wrong(`nested deeper than ${MAX_DEPTH} levels`);
    const value = this.#text[this.#at] === "&" ? this.#labelled() : this.#unlabelled(undefined);
    this.#depth--;
    return value;
  }

  #labelled(): unknown {
    const start = this.#at++;
    const label = this.#label();
    if (this.#labels.has(label)) throw this.#wrong(`&${label} is marked twice`, start);
    this.#space();
    // A value may refer to itself while it is being read, so containers register before they are filled.
    const value = this.#unlabelled(label);
    this.#labels.set(label, value);
    return value;
  }

  #label(): number {
    const digits = this.#match(DIGITS);
    if (digits === undefined) throw this.#wrong("a number must follow & and *");
    return Number(digits);
  }

  #unlabelled(label: number | undefined): unknown {
    const begin = <T>(container: T): T => {
      if (label !== undefined) this.#labels.set(label, container);
      return container;
    };
    const char = this.#text[this.#at];
    if (char === undefined) throw this.#wrong("a value is missing at the end");
    if (char === '"') return this.#string();
    if (char === "{") return this.#fillObject(begin({}));
    if (char === "[") return this.#fillArray(begin([]));
    if (char === "*") {
      const start = this.#at++;
      const wanted = this.#label();
      if (!this.#labels.has(wanted)) throw this.#wrong(`*${wanted} refers to no &${wanted} before it`, start);
      return this.#labels.get(wanted);
    }
    const bigint = this.#match(BIGINT);
    if (bigint !== undefined) return BigInt(bigint.slice(0, -1));
    const start = this.#at;
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      if (/[\w.]/.test(this.#text[this.#at] ?? "")) throw this.#wrong("this is no number", start);
      return Number(number);
    }
    const word = this.#match(WORD);
    if (word === undefined) throw this.#wrong(`a value is expected, not ${this.#here()}`);
    return this.#word(word, start, begin);
  }

  #word(word: string, start: number, begin: <T>(container: T) => T): unknown {
    switch (word) {
      case "null":
        return null;
      case "true":
        return true;
      case "false":
        return false;
      case "undefined":
        return undefined;
      case "NaN":
        return Number.NaN;
      case "Date":
        return this.#arguments(() => this.#date());
      case "RegExp":
        return this.#arguments(() => this.#regExp(start));
      case "Object":
        return this.#arguments(() => this.#boxed());
      case "Map":
        return this.#fillMap(begin(new Map<unknown, unknown>()));
      case "Set":
        return this.#fillSet(begin(new Set<unknown>()));
      case "Array":
        return this.#arguments(() => {
          this.#space();
          const array = this.#fillArray(begin([]));
          this.#require(",");
          this.#space();
          this.#fillObject(array);
          return array;
        });
      case "ArrayBuffer":
        return this.#arguments(() => this.#buffer());
      case "DataView":
        return this.#arguments(() => this.#dataView(start));
      case "Kept":
        return this.#arguments(() => this.#keptValue());
      default: {
        const view = TYPED_ARRAYS.get(word);
        if (view !== undefined) return this.#arguments(() => this.#typedArray(word, view, start));
        throw this.#wrong(`“${word}” is no value`, start);
      }
    }
  }

  /** The part in parentheses after a tag. */
  #arguments<T>(read: () => T): T {
    this.#require("(");
    const value = read();
    this.#require(")");
    return value;
  }

  #fillObject<T extends object>(object: T): T {
    this.#require("{");
    this.#items("}", () => {
      const start = this.#at;
      const name = this.#text[this.#at] === '"' ? this.#string() : this.#match(WORD);
      if (name === undefined) throw this.#wrong(`a property name is expected, not ${this.#here()}`);
      if (Object.hasOwn(object, name))
        throw this.#wrong(`the property ${JSON.stringify(name)} is there twice`, start);
      this.#require(":");
      // defineProperty, so that "__proto__" is a property like any other.
      Object.defineProperty(object, name, {
        value: this.#value(),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    });
    return object;
  }

  #fillArray(array: unknown[]): unknown[] {
    this.#require("[");
    this.#items("]", () => {
      if (/^empty(?![\w$])/.test(this.#text.slice(this.#at, this.#at + 6))) {
        const start = this.#at;
        this.#at += "empty".length;
        const length = array.length + this.#holeRun();
        if (length > MAX_ARRAY) throw this.#wrong("the array is longer than an array can be", start);
        array.length = length;
      } else array.push(this.#value());
    });
    return array;
  }

  #holeRun(): number {
    this.#space();
    if (this.#text[this.#at] !== "*") return 1;
    this.#at++;
    this.#space();
    const digits = this.#match(DIGITS);
    if (digits === undefined) throw this.#wrong("how many holes? A number must follow “empty *”");
    return Number(digits);
  }

  #fillMap(map: Map<unknown, unknown>): Map<unknown, unknown> {
    this.#require("(");
    this.#items(")", () => {
      const start = this.#at;
      this.#require("[");
      const key = this.#value();
      this.#require(",");
      if (map.has(key)) throw this.#wrong("this key is in the Map twice", start);
      // Set at once: the value may refer to the map and see this entry in its place.
      map.set(key, undefined);
      map.set(key, this.#value());
      this.#require("]");
    });
    return map;
  }

  #fillSet(set: Set<unknown>): Set<unknown> {
    this.#require("(");
    this.#items(")", () => {
      const start = this.#at;
      const item = this.#value();
      if (set.has(item)) throw this.#wrong("this value is in the Set twice", start);
      set.add(item);
    });
    return set;
  }

  /** Items up to `close`, with commas between them and perhaps after the last. */
  #items(close: string, item: () => void): void {
    for (;;) {
      this.#space();
      if (this.#text[this.#at] === close) {
        this.#at++;
        return;
      }
      item();
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== close)
        throw this.#wrong(`“,” or “${close}” is expected, not ${this.#here()}`);
    }
  }

  #string(): string {
    const start = this.#at;
    const literal = this.#match(STRING);
    if (literal === undefined)
      throw this.#wrong("this string has no end, or an escape that JSON does not know", start);
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw this.#wrong("a control character in a string is written as an escape, like \\t", start);
    }
  }

  #date(): Date {
    this.#space();
    const start = this.#at;
    const value = this.#value();
    if (typeof value === "number" && Number.isNaN(value)) return new Date(Number.NaN);
    if (typeof value !== "string" || !ISO_DATE.test(value) || Number.isNaN(Date.parse(value)))
      throw this.#wrong('a date is written as Date("2026-11-19T12:40:00.000Z"), or Date(NaN)', start);
    return new Date(value);
  }

  #regExp(start: number): RegExp {
    const source = this.#value();
    this.#require(",");
    const flags = this.#value();
    try {
      return new RegExp(String(source), String(flags));
    } catch (thrown) {
      throw this.#wrong(thrown instanceof Error ? thrown.message : "this is no regular expression", start);
    }
  }

  #boxed(): object {
    this.#space();
    const start = this.#at;
    const value = this.#value();
    if (typeof value === "object" || value === undefined)
      throw this.#wrong("Object(…) holds a string, a number, a BigInt or a boolean", start);
    return Object(value) as object;
  }

  #buffer(): ArrayBuffer {
    this.#space();
    const start = this.#at;
    const hex = this.#string();
    if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex))
      throw this.#wrong("bytes are written as pairs of hexadecimal digits", start);
    const size = hex.length / 2;
    this.#space();
    let buffer: ArrayBuffer;
    if (this.#text[this.#at] === ",") {
      this.#at++;
      const most = this.#count();
      if (most < size) throw this.#wrong("the most a buffer may grow to is less than what it holds", start);
      buffer = new ArrayBuffer(size, { maxByteLength: most });
    } else buffer = new ArrayBuffer(size);
    const bytes = new Uint8Array(buffer);
    for (let i = 0; i < size; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
    return buffer;
  }

  #count(): number {
    this.#space();
    const start = this.#at;
    const value = this.#value();
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong("a whole number is expected", start);
    return value;
  }

  #typedArray(name: string, View: TypedArrayClass, start: number): ArrayBufferView {
    this.#space();
    if (this.#text[this.#at] !== "[") return this.#viewOn(start, (...parts) => new View(...parts));
    const items: { readonly at: number; readonly value: unknown }[] = [];
    this.#at++;
    this.#items("]", () => {
      items.push({ at: this.#at, value: this.#value() });
    });
    const array = new View(items.length);
    const isFloat = name.startsWith("Float");
    items.forEach(({ at, value }, i) => {
      const fits = typeof value === (name.startsWith("Big") ? "bigint" : "number");
      if (fits) array[i] = value as number;
      if (
        !fits ||
        (!isFloat && !Object.is(array[i], Object.is(value, -0) ? 0 : value)) ||
        (Object.is(value, -0) && !isFloat)
      )
        throw this.#wrong(`this is no value that ${name} can hold`, at);
    });
    return array;
  }

  #dataView(start: number): DataView {
    return this.#viewOn(start, (...parts) => new DataView(...parts));
  }

  #viewOn<T>(start: number, make: (buffer: ArrayBuffer, offset: number, length?: number) => T): T {
    const buffer = this.#value();
    if (!(buffer instanceof ArrayBuffer)) throw this.#wrong("a view is over an ArrayBuffer", start);
    this.#require(",");
    const offset = this.#count();
    this.#space();
    try {
      if (this.#text[this.#at] !== ",") return make(buffer, offset);
      this.#at++;
      return make(buffer, offset, this.#count());
    } catch (thrown) {
      if (thrown instanceof NotationError) throw thrown;
      throw this.#wrong("the view does not fit into its buffer", start);
    }
  }

  #keptValue(): unknown {
    this.#space();
    const start = this.#at;
    const place = this.#count();
    if (place < 1 || place > this.#kept.length)
      throw this.#wrong(`Kept(${place}) stands for nothing in this record`, start);
    return this.#kept[place - 1];
  }

  #space(): void {
    this.#match(SPACE);
  }

  #require(mark: string): void {
    this.#space();
    if (this.#text[this.#at] !== mark) throw this.#wrong(`“${mark}” is expected, not ${this.#here()}`);
    this.#at++;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #here(): string {
    const char = this.#text.slice(this.#at, this.#at + 1);
    return char === "" ? "the end" : char === "\n" ? "the end of the line" : `“${char}”`;
  }

  #wrong(message: string, offset = this.#at): NotationError {
    return new NotationError(message, offset);
  }
}
