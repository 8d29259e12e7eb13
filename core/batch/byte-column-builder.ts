import type { ByteColumn } from "./entry-batch.ts";

/** A growing column of byte strings. */
export class ByteColumnBuilder {
  #bytes: Uint8Array;
  #ends = new Uint32Array(64);
  #length = 0;
  #count = 0;

  constructor(initialBytes: number) {
    this.#bytes = new Uint8Array(initialBytes);
  }

  /** Appends the bytes from `from` (inclusive) to `to` (exclusive). */
  push(source: Uint8Array, from: number, to: number): void {
    const start = this.#reserve(to - from);
    // A loop beats `set` and its view for the few bytes that a key has.
    for (let i = from; i < to; i++) this.#bytes[start + i - from] = source[i] as number;
  }

  /** Appends ASCII text. Returns false, having appended nothing, when it is not ASCII. */
  pushAscii(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
    const start = this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[start + i] = text.charCodeAt(i);
    return true;
  }

  /** Whether the last value, if there is one, is below these bytes. */
  isLastBelow(source: Uint8Array, from: number, to: number): boolean {
    if (this.#count === 0) return true;
    const start = this.#count === 1 ? 0 : (this.#ends[this.#count - 2] as number);
    const lastLength = this.#length - start;
    const shared = Math.min(lastLength, to - from);
    for (let i = 0; i < shared; i++) {
      const difference = (this.#bytes[start + i] as number) - (source[from + i] as number);
      if (difference !== 0) return difference < 0;
    }
    return lastLength < to - from;
  }

  /** Exact copies, which a message can carry without the spare room; the builder is empty afterwards. */
  build(): ByteColumn {
    const column = { bytes: this.#bytes.slice(0, this.#length), ends: this.#ends.slice(0, this.#count) };
    this.#length = 0;
    this.#count = 0;
    return column;
  }

  /** Makes room for one more value of this length; returns where it starts. */
  #reserve(length: number): number {
    const start = this.#length;
    const end = start + length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    if (this.#count === this.#ends.length) {
      const grown = new Uint32Array(this.#ends.length * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[this.#count++] = end;
    this.#length = end;
    return start;
  }
}
