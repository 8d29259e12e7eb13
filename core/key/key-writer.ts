import { BINARY_ESCAPE, KeyError, MAX_KEY_BYTES, TERMINATOR } from "./key.ts";
import {
  CONTINUATION_BASE,
  THREE_BYTES_FROM,
  THREE_BYTES_LEAD,
  TWO_BYTES_FROM,
  TWO_BYTES_LEAD,
} from "./key-units.ts";

const INITIAL_BYTES = 256;

/** Grows as it is written to. Kept between keys, so that a key costs one allocation: its own bytes. */
export class KeyWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  double(tag: number, value: number): void {
    this.#reserve(9);
    this.#bytes[this.#length] = tag;
    const at = this.#length + 1;
    // Adding 0 makes -0 a 0.
    this.#view.setFloat64(at, value + 0);
    const high = this.#view.getInt32(at);
    if (high < 0) {
      this.#view.setInt32(at, ~high);
      this.#view.setInt32(at + 4, ~this.#view.getInt32(at + 4));
    } else {
      this.#bytes[at] = (this.#bytes[at] as number) | 0x80;
    }
    this.#length = at + 8;
  }

  string(tag: number, text: string): void {
    this.#reserve(text.length * 3 + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = tag;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < TWO_BYTES_FROM) {
        bytes[at++] = unit + 1;
      } else if (unit < THREE_BYTES_FROM) {
        const offset = unit - TWO_BYTES_FROM;
        const lead = (offset / CONTINUATION_BASE) | 0;
        bytes[at++] = TWO_BYTES_LEAD + lead;
        bytes[at++] = 1 + offset - lead * CONTINUATION_BASE;
      } else {
        const offset = unit - THREE_BYTES_FROM;
        const middle = (offset / CONTINUATION_BASE) | 0;
        bytes[at++] = THREE_BYTES_LEAD;
        bytes[at++] = 1 + middle;
        bytes[at++] = 1 + offset - middle * CONTINUATION_BASE;
      }
    }
    bytes[at++] = TERMINATOR;
    this.#length = at;
  }

  binary(tag: number, source: Uint8Array): void {
    this.#reserve(source.length * 2 + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = tag;
    for (let i = 0; i < source.length; i++) {
      const byte = source[i] as number;
      if (byte <= BINARY_ESCAPE) {
        bytes[at++] = BINARY_ESCAPE;
        bytes[at++] = byte + 1;
      } else {
        bytes[at++] = byte;
      }
    }
    bytes[at++] = TERMINATOR;
    this.#length = at;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Uint8Array {
    const key = this.#bytes.slice(0, this.#length);
    this.clear();
    return key;
  }

  clear(): void {
    this.#length = 0;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_KEY_BYTES) {
      throw new KeyError("invalid-key", `A key longer than ${MAX_KEY_BYTES} bytes cannot be encoded.`);
    }
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
