import { BINARY_ESCAPE, type Key, KeyError, KeyTag, MAX_DATE, MAX_KEY_DEPTH, TERMINATOR } from "./key.ts";
import {
  CONTINUATION_BASE,
  MAX_UNIT,
  THREE_BYTES_FROM,
  THREE_BYTES_LEAD,
  TWO_BYTES_FROM,
  TWO_BYTES_LEAD,
} from "./key-units.ts";

/** Units per call of String.fromCharCode: engines bound the number of arguments. */
const UNITS_PER_CALL = 4096;

/**
 * The key of these bytes. Accepts nothing but what `encodeKey` gives, so that a key has one encoding:
 * `encodeKey(decodeKey(bytes))` is `bytes`. Binary keys come back as an ArrayBuffer, as from IndexedDB.
 *
 * @throws KeyError "malformed-key" for any other bytes.
 */
export function decodeKey(bytes: Uint8Array): Key {
  const reader = new KeyReader(bytes);
  const key = reader.readKey();
  reader.expectEnd();
  return key;
}

class KeyReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Iterative: the depth of arrays is the input's choice. */
  readKey(): Key {
    const open: Key[][] = [];
    for (;;) {
      const parent = open.at(-1);
      const tag = this.#nextByte();
      let complete: Key;
      if (tag === KeyTag.array) {
        if (open.length === MAX_KEY_DEPTH)
          throw this.#malformed(`arrays nested deeper than ${MAX_KEY_DEPTH}`);
        open.push([]);
        continue;
      } else if (tag === TERMINATOR && parent !== undefined) {
        complete = parent;
        open.pop();
      } else {
        complete = this.#readScalar(tag);
      }
      const container = open.at(-1);
      if (container === undefined) return complete;
      container.push(complete);
    }
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw this.#malformed("bytes after the end of the key");
  }

  #readScalar(tag: number): Key {
    switch (tag) {
      case KeyTag.number:
        return this.#readDouble();
      case KeyTag.date:
        return this.#readDate();
      case KeyTag.string:
        return this.#readString();
      case KeyTag.binary:
        return this.#readBinary();
      default:
        throw this.#malformed(`unknown tag 0x${tag.toString(16).padStart(2, "0")}`);
    }
  }

  #readDouble(): number {
    if (this.#at + 8 > this.#bytes.length) throw this.#malformed("it ends within a number");
    const high = this.#view.getInt32(this.#at);
    const low = this.#view.getInt32(this.#at + 4);
    this.#at += 8;
    const bits = new DataView(new ArrayBuffer(8));
    // The sign bit was set for what is not negative.
    bits.setInt32(0, high < 0 ? high & 0x7fffffff : ~high);
    bits.setInt32(4, high < 0 ? low : ~low);
    const value = bits.getFloat64(0);
    if (Number.isNaN(value)) throw this.#malformed("NaN");
    if (Object.is(value, -0)) throw this.#malformed("-0, which is encoded as 0");
    return value;
  }

  #readDate(): Date {
    const time = this.#readDouble();
    if (!Number.isInteger(time) || Math.abs(time) > MAX_DATE)
      throw this.#malformed("a time that no Date has");
    return new Date(time);
  }

  #readString(): string {
    let text = "";
    let units: number[] = [];
    for (;;) {
      const lead = this.#nextByte();
      if (lead === TERMINATOR) break;
      if (units.length === UNITS_PER_CALL) {
        text += String.fromCharCode(...units);
        units = [];
      }
      units.push(this.#readUnit(lead));
    }
    return text + String.fromCharCode(...units);
  }

  #readUnit(lead: number): number {
    if (lead < TWO_BYTES_LEAD) return lead - 1;
    if (lead < THREE_BYTES_LEAD) {
      return TWO_BYTES_FROM + (lead - TWO_BYTES_LEAD) * CONTINUATION_BASE + this.#nextContinuation();
    }
    const unit = THREE_BYTES_FROM + this.#nextContinuation() * CONTINUATION_BASE + this.#nextContinuation();
    if (unit > MAX_UNIT) throw this.#malformed("a code unit above 0xFFFF");
    return unit;
  }

  #nextContinuation(): number {
    const byte = this.#nextByte();
    if (byte === TERMINATOR) throw this.#malformed("a string that ends within a code unit");
    return byte - 1;
  }

  #readBinary(): ArrayBuffer {
    const end = this.#bytes.indexOf(TERMINATOR, this.#at);
    if (end === -1) throw this.#malformed("a binary key without an end");
    const plain = new Uint8Array(end - this.#at);
    let length = 0;
    while (this.#at < end) {
      const byte = this.#nextByte();
      plain[length++] = byte === BINARY_ESCAPE ? this.#readEscaped() : byte;
    }
    this.#at = end + 1;
    return plain.buffer.slice(0, length);
  }

  #readEscaped(): number {
    const byte = this.#nextByte();
    if (byte !== 1 && byte !== 2) throw this.#malformed("an unknown escape in a binary key");
    return byte - 1;
  }

  #nextByte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#malformed("it ends too early");
    this.#at++;
    return byte;
  }

  #malformed(what: string): KeyError {
    return new KeyError("malformed-key", `These are not the bytes of a key: ${what} (at byte ${this.#at}).`);
  }
}
