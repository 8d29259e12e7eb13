/** A value on one line, as coloured pieces, cut at a budget of characters. */
import { BlobValue, ImageDataValue, OpaqueValue } from "../../../core/codec/platform-values.ts";
import { bytes } from "./numbers.ts";
import { isBoxed, isTypedArray, type TypedArray, type ValueTone } from "./value-kinds.ts";

export interface Piece {
  readonly text: string;
  readonly tone: ValueTone;
}

export interface LineOptions {
  /** Roughly how many characters; the rest is "…". */
  readonly budget?: number;
  /** Quote a string that is the whole value. */
  readonly quoteStrings?: boolean;
  /** Dates with milliseconds and zone. */
  readonly fullDates?: boolean;
}

const DEFAULT_BUDGET = 120;
const MAX_NESTING = 3;

/** The value's text on one line. */
export function lineText(value: unknown, options?: LineOptions): string {
  return linePieces(value, options)
    .map((piece) => piece.text)
    .join("");
}

/** The tone of a whole value, where its line is drawn in one piece. */
export function lineTone(value: unknown): ValueTone {
  if (typeof value !== "object" || value === null) return primitiveTone(value);
  return wholeText(value, false)?.tone ?? "obj";
}

function primitiveTone(value: unknown): ValueTone {
  if (typeof value === "string") return "str";
  return typeof value === "number" || typeof value === "bigint" ? "num" : "lit";
}

export function linePieces(value: unknown, options: LineOptions = {}): readonly Piece[] {
  const writer = new LineWriter(options.budget ?? DEFAULT_BUDGET, options.fullDates ?? false);
  if (typeof value === "string" && options.quoteStrings === false) writer.bareString(value);
  else writer.value(value, 0);
  return writer.pieces;
}

class LineWriter {
  readonly pieces: Piece[] = [];
  #left: number;
  readonly #fullDates: boolean;

  constructor(budget: number, fullDates: boolean) {
    this.#left = budget;
    this.#fullDates = fullDates;
  }

  bareString(text: string): void {
    this.#put(visible(text.slice(0, this.#left + 1)), "str");
  }

  value(value: unknown, depth: number): void {
    if (this.#left <= 0) this.pieces.push({ text: "…", tone: "obj" });
    else if (typeof value === "object" && value !== null) this.#object(value, depth);
    else this.#primitive(value);
  }

  #primitive(value: unknown): void {
    if (typeof value === "string") this.#put(quoted(value, this.#left), "str");
    else if (typeof value === "number") this.#put(Object.is(value, -0) ? "-0" : String(value), "num");
    else if (typeof value === "bigint") this.#put(`${value}n`, "num");
    else this.#put(String(value), "lit");
  }

  #object(value: object, depth: number): void {
    if (value instanceof Map) this.#map(value, depth);
    else if (value instanceof Set) this.#set(value, depth);
    else if (Array.isArray(value)) this.#array(value, depth);
    else if (isTypedArray(value)) this.#numbers(value, depth);
    else if (value instanceof ArrayBuffer) this.#hex(new Uint8Array(value));
    else if (value instanceof DataView)
      this.#hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else if (isBoxed(value)) this.#wrapped("Object(", value.valueOf(), depth);
    else {
      const whole = wholeText(value, this.#fullDates);
      if (whole === undefined) this.#plain(value, depth);
      else this.#put(whole.text, whole.tone);
    }
  }

  #numbers(array: TypedArray, depth: number): void {
    this.#list("[", "]", array.length, (i) => this.value(array[i], depth + 1), depth);
  }

  #set(set: ReadonlySet<unknown>, depth: number): void {
    const items = [...takeFirst(set.values())];
    this.#list("{", "}", set.size, (i) => this.value(items[i], depth + 1), depth);
  }

  #array(value: readonly unknown[], depth: number): void {
    this.#list(
      "[",
      "]",
      value.length,
      (i) => (i in value ? this.value(value[i], depth + 1) : this.#put("empty", "miss")),
      depth,
    );
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): void {
    const entries = [...takeFirst(value.entries())];
    this.#list(
      "{",
      "}",
      value.size,
      (i) => {
        const entry = entries[i];
        if (entry === undefined) return;
        this.value(entry[0], depth + 1);
        this.#put(" → ", "obj");
        this.value(entry[1], depth + 1);
      },
      depth,
    );
  }

  #plain(value: object, depth: number): void {
    const names = Object.keys(value);
    this.#list(
      "{",
      "}",
      names.length,
      (i) => {
        const name = names[i] ?? "";
        this.#put(`${visible(name.slice(0, 80))} `, "obj");
        this.value((value as Record<string, unknown>)[name], depth + 1);
      },
      depth,
    );
  }

  #list(open: string, close: string, length: number, item: (index: number) => void, depth: number): void {
    if (length > 0 && depth >= MAX_NESTING) {
      this.#put(`${open}…${close}`, "obj");
      return;
    }
    this.#put(open, "obj");
    for (let i = 0; i < length; i++) {
      if (i > 0) this.#put(", ", "obj");
      if (this.#left <= 0) {
        this.pieces.push({ text: "…", tone: "obj" });
        break;
      }
      item(i);
    }
    this.#put(close, "obj");
  }

  #wrapped(open: string, value: unknown, depth: number): void {
    this.#put(open, "obj");
    this.value(value, depth + 1);
    this.#put(")", "obj");
  }

  #hex(all: Uint8Array): void {
    const shown = all.subarray(0, Math.max(1, Math.min(32, Math.floor(this.#left / 3))));
    const text = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    this.#put(all.length > shown.length ? `${text} …` : text, "obj");
  }

  #put(text: string, tone: ValueTone): void {
    this.pieces.push({ text, tone });
    this.#left -= text.length;
  }
}

/** Values that are one word or phrase, whatever they hold; undefined for the others. */
function wholeText(value: object, fullDates: boolean): Piece | undefined {
  if (value instanceof Date) {
    const text = dateText(value, fullDates);
    return { text, tone: text === INVALID_DATE ? "bad" : "date" };
  }
  if (value instanceof RegExp) return { text: String(value), tone: "lit" };
  if (value instanceof Error) return { text: `${value.name}: ${value.message}`, tone: "bad" };
  if (value instanceof BlobValue) return { text: blobText(value), tone: "obj" };
  if (value instanceof ImageDataValue)
    return { text: `${value.width} × ${value.height} ${value.colorSpace}`, tone: "obj" };
  if (value instanceof OpaqueValue) return { text: value.description || value.typeName, tone: "obj" };
  return undefined;
}

const INVALID_DATE = "Invalid Date";

/** In this computer's zone, which is written beside it in full. */
function dateText(date: Date, full: boolean): string {
  const time = date.getTime();
  if (Number.isNaN(time)) return INVALID_DATE;
  const year = date.getFullYear();
  // Outside of four-digit years ISO's own form is the readable one.
  if (year < 0 || year > 9999) return date.toISOString();
  const pad = (n: number, width = 2) => String(n).padStart(width, "0");
  const dayText = `${pad(year, 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  if (!full) return `${dayText} ${clock}`;
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  return `${dayText} ${clock}.${pad(date.getMilliseconds(), 3)} ${zone}`;
}

export function blobText(blob: BlobValue): string {
  const name = blob.name === undefined ? "" : `${blob.name}, `;
  return `${name}${blob.type === "" ? "no type" : blob.type}, ${bytes(blob.size)}`;
}

/** A string in quotes with what cannot be seen escaped, cut near `limit`. */
function quoted(text: string, limit: number): string {
  const cut = text.length > limit + 2;
  return `"${visible(cut ? text.slice(0, limit) : text)}${cut ? "…" : ""}"`;
}

/** Control characters, lone surrogates and bidi controls as escapes: what is stored is what is seen. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (unit) => {
    const short = SHORT_ESCAPES[unit];
    return short ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const UNSEEN = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** No line shows more: iterating the rest of a large collection would be for nothing. */
function* takeFirst<T>(items: Iterable<T>): Iterable<T> {
  let taken = 0;
  for (const item of items) {
    if (taken++ >= 64) return;
    yield item;
  }
}
