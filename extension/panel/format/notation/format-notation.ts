/**
 * Writes a value as text that a person can edit: JSON, with a tag before what JSON does not have.
 *
 *     { "id": 7, "at": Date("2026-11-19T12:40:00.000Z"), "meter": 90071992547391655n, "tags": Set("oil") }
 *
 * - `undefined`, `NaN`, `Infinity`, `-0`, `12n`, and `empty` (a hole of an array, `empty * 3` for a run)
 * - `Date("…")` or `Date(NaN)`, `RegExp("source", "flags")`, `Object(…)` for boxed primitives
 * - `Map([key, value], …)`, `Set(…)`, `Array([…], { … })` for an array with further properties
 * - `ArrayBuffer("hex")`, `Float32Array([…])`; a view that shares its buffer or sees a part of it names the
 *   buffer: `Uint8Array(buffer, byteOffset, length)`
 * - `&1 …` marks a value that appears more than once, `*1` refers to it: shared references and cycles stay
 * - `Kept(1)` stands for what cannot be written as text (a Blob, a key of the Web Crypto API): it stays as it is
 *
 * parseNotation reads it back; together they lose nothing.
 */
import { isPlainObject } from "../../../../core/merge/plain-object.ts";
import { isBoxed, isTypedArray, type TypedArray, typeName } from "../value-kinds.ts";
import { lineText } from "../value-text.ts";

export interface Notation {
  readonly text: string;
  /** What `Kept(n)` stands for: `kept[n - 1]`. */
  readonly kept: readonly unknown[];
}

const LINE_WIDTH = 80;
/** Deeper values stay whole: nobody edits them by hand, and the reader's stack is finite. */
const MAX_DEPTH = 200;

export function formatNotation(value: unknown): Notation {
  const shared = sharedObjects(value);
  if (shared === undefined) return { text: keptText(1, value), kept: [value] };
  const writer = new NotationWriter(shared);
  return { text: writer.write(value, 0), kept: writer.kept };
}

/** What the text can show in parts; everything else is kept whole. */
function isWritable(value: object): boolean {
  return (
    Array.isArray(value) ||
    value instanceof Date ||
    value instanceof RegExp ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    isBoxed(value) ||
    isPlainObject(value)
  );
}

/**
 * Objects that are reached more than once, buffers through their views included. Undefined for a value that can
 * only be kept whole: too deep, or with something kept that shares an object with what would be written anew.
 */
function sharedObjects(root: unknown): ReadonlySet<object> | undefined {
  const seen = new Set<object>();
  const shared = new Set<object>();
  const whole: object[] = [];
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    if (seen.has(value)) {
      shared.add(value);
      continue;
    }
    if (depth > MAX_DEPTH) return undefined;
    seen.add(value);
    if (isWritable(value)) for (const part of partsOf(value)) open.push({ value: part, depth: depth + 1 });
    else whole.push(value);
  }
  return reachesAny(whole, seen) ? undefined : shared;
}

/** Whether anything inside of these objects is one of `wanted`. */
function reachesAny(objects: readonly object[], wanted: ReadonlySet<object>): boolean {
  const seen = new Set<object>(objects);
  const open: unknown[] = objects.flatMap((object) => [...partsOf(object)]);
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    if (wanted.has(value)) return true;
    seen.add(value);
    open.push(...partsOf(value));
  }
  return false;
}

function partsOf(value: object): readonly unknown[] {
  if (ArrayBuffer.isView(value)) return [value.buffer];
  if (value instanceof ArrayBuffer) return [];
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  return value instanceof Error ? [...Object.values(value), value.cause] : Object.values(value);
}

function keptText(place: number, value: unknown): string {
  const words = `${typeName(value)} ${lineText(value, { budget: 60 })}`.replaceAll("*/", "* /");
  return `Kept(${place}) /* ${words} */`;
}

class NotationWriter {
  readonly kept: unknown[] = [];
  readonly #shared: ReadonlySet<object>;
  readonly #labels = new Map<object, number>();

  constructor(shared: ReadonlySet<object>) {
    this.#shared = shared;
  }

  write(value: unknown, depth: number): string {
    if (typeof value !== "object" || value === null) return primitiveText(value);
    const known = this.#labels.get(value);
    if (known !== undefined) return `*${known}`;
    let mark = "";
    if (this.#shared.has(value)) {
      const label = this.#labels.size + 1;
      this.#labels.set(value, label);
      mark = `&${label} `;
    }
    return mark + this.#object(value, depth);
  }

  #object(value: object, depth: number): string {
    if (!isWritable(value)) return this.#keep(value);
    if (value instanceof Date) {
      const time = value.getTime();
      return Number.isNaN(time) ? "Date(NaN)" : `Date("${value.toISOString()}")`;
    }
    if (value instanceof RegExp)
      return `RegExp(${JSON.stringify(value.source)}, ${JSON.stringify(value.flags)})`;
    if (value instanceof ArrayBuffer) return bufferText(value);
    if (ArrayBuffer.isView(value)) return this.#view(value, depth);
    if (Array.isArray(value)) return this.#array(value, depth);
    if (value instanceof Map)
      return layOut(
        "Map(",
        ")",
        [...value].map(([key, item]) => `[${this.write(key, depth + 1)}, ${this.write(item, depth + 1)}]`),
        depth,
      );
    if (value instanceof Set)
      return layOut(
        "Set(",
        ")",
        [...value].map((item) => this.write(item, depth + 1)),
        depth,
      );
    if (isBoxed(value)) return `Object(${primitiveText(value.valueOf())})`;
    return this.#properties(value, Object.keys(value), depth);
  }

  #properties(value: object, names: readonly string[], depth: number): string {
    return layOut(
      "{",
      "}",
      names.map(
        (name) =>
          `${JSON.stringify(name)}: ${this.write((value as Record<string, unknown>)[name], depth + 1)}`,
      ),
      depth,
      " ",
    );
  }

  #array(value: readonly unknown[], depth: number): string {
    const names = Object.keys(value);
    const extras = names.filter((name) => !/^(?:0|[1-9]\d*)$/.test(name) || Number(name) >= value.length);
    const items: string[] = [];
    let next = 0;
    for (const name of names.slice(0, names.length - extras.length)) {
      const index = Number(name);
      if (index > next) items.push(holes(index - next));
      items.push(this.write(value[index], depth + 1));
      next = index + 1;
    }
    if (next < value.length) items.push(holes(value.length - next));
    const text = layOut("[", "]", items, depth);
    return extras.length === 0 ? text : `Array(${text}, ${this.#properties(value, extras, depth)})`;
  }

  #view(view: ArrayBufferView, depth: number): string {
    const buffer = view.buffer as ArrayBuffer;
    const whole =
      isTypedArray(view) &&
      view.byteOffset === 0 &&
      view.byteLength === buffer.byteLength &&
      !buffer.resizable;
    if (whole && !this.#shared.has(buffer))
      return layOut(
        `${view.constructor.name}([`,
        "])",
        Array.from({ length: view.length }, (_, i) => primitiveText(view[i])),
        depth,
      );
    const length = isLengthTracking(view)
      ? ""
      : `, ${isTypedArray(view) ? (view as TypedArray).length : view.byteLength}`;
    return `${view.constructor.name}(${this.write(buffer, depth + 1)}, ${view.byteOffset}${length})`;
  }

  #keep(value: object): string {
    this.kept.push(value);
    return keptText(this.kept.length, value);
  }
}

/** A view without a length of its own follows its resizable buffer: only trying tells. */
function isLengthTracking(view: ArrayBufferView): boolean {
  const buffer = view.buffer as ArrayBuffer;
  if (!buffer.resizable || buffer.byteLength >= buffer.maxByteLength) return false;
  const before = view.byteLength;
  const size = buffer.byteLength;
  const room = Math.min(8, buffer.maxByteLength - size);
  if (room < 8) return false;
  buffer.resize(size + room);
  const follows = view.byteLength !== before;
  buffer.resize(size);
  return follows;
}

function holes(run: number): string {
  return run === 1 ? "empty" : `empty * ${run}`;
}

function primitiveText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

function bufferText(buffer: ArrayBuffer): string {
  const hex = Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return buffer.resizable ? `ArrayBuffer("${hex}", ${buffer.maxByteLength})` : `ArrayBuffer("${hex}")`;
}

/** On one line when it fits, else one item a line. */
function layOut(open: string, close: string, items: readonly string[], depth: number, pad = ""): string {
  if (items.length === 0) return open + close;
  const line = `${open}${pad}${items.join(", ")}${pad}${close}`;
  if (line.length + depth * 2 <= LINE_WIDTH && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth + 1);
  return `${open}\n${items.map((item) => indent + item).join(",\n")}\n${"  ".repeat(depth)}${close}`;
}
