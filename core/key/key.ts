/**
 * IndexedDB keys as bytes whose order is IndexedDB's order.
 *
 * Format (the shape of Chromium's sortable keys and of Firefox's Key.cpp, without a zero byte inside a part):
 *
 * - number, Date: tag, then the IEEE 754 double in big-endian order, all bits inverted when it is negative and
 *   the sign bit alone otherwise. -0 is 0: IndexedDB holds them to be one key.
 * - string: tag, every UTF-16 code unit in 1 to 3 bytes of which none is zero (key-units.ts), terminator.
 * - binary: tag, the bytes with 0x00 as 01 01 and 0x01 as 01 02, terminator.
 * - array: tag, the elements one after the other, terminator.
 *
 * A terminator sorts before everything that can stand in its place, so that a prefix sorts first.
 */
export type Key = number | string | Date | ArrayBuffer | Key[];

export const KeyTag = { number: 0x10, date: 0x20, string: 0x30, binary: 0x40, array: 0x50 } as const;

export const TERMINATOR = 0x00;

/** In a binary key: stands before `byte + 1` for the bytes 0 and 1. */
export const BINARY_ESCAPE = 0x01;

/** Deepest nesting of array keys. Chromium refuses deeper ones, Firefox far shallower ones. */
export const MAX_KEY_DEPTH = 2000;

/** Longest key in bytes: no store takes a longer one, and a shared array cannot blow up past it. */
export const MAX_KEY_BYTES = 16 * 1024 * 1024;

/** The largest distance of a valid Date from the epoch, in milliseconds. */
export const MAX_DATE = 8.64e15;

export type KeyErrorCode = "invalid-key" | "malformed-key";

/** `invalid-key`: not an IndexedDB key. `malformed-key`: bytes that no key is encoded to. */
export class KeyError extends Error {
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.name = "KeyError";
    this.code = code;
  }
}
