/**
 * Writing parts of the canonical form into words with room enough: `at` is where to write, the result where to
 * go on. Plain functions over locals, since this is where a scan spends its time.
 */
import { FormTag } from "./form-tag.ts";

/** The length of a string or of bytes stands above its tag in one word while it is below this. */
const SHORT_LENGTH = 1 << 23;
const LONG = 1 << 31;

const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);
const LOW = new Uint8Array(Int32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** Words that a string, a number or any shorter part takes at most. */
export function wordsForString(text: string): number {
  return (text.length >> 1) + 3;
}

export function wordsForBytes(bytes: Uint8Array): number {
  return (bytes.length >> 2) + 3;
}

export const WORDS_FOR_NUMBER = 3;

export function putNumber(words: Int32Array, at: number, value: number): number {
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    words[at] = FormTag.integer;
    words[at + 1] = value;
    return at + 2;
  }
  if (Number.isNaN(value)) {
    words[at] = FormTag.nan;
    return at + 1;
  }
  return putDouble(words, at, FormTag.double, value);
}

export function putDouble(words: Int32Array, at: number, tag: number, value: number): number {
  float[0] = value;
  words[at] = tag;
  words[at + 1] = floatWords[LOW] as number;
  words[at + 2] = floatWords[1 - LOW] as number;
  return at + 3;
}

/** Four characters a word while all are below 0x100; otherwise, with another tag, two code units a word. */
export function putString(words: Int32Array, start: number, text: string): number {
  const length = text.length;
  let at = putHeader(words, start, FormTag.string, length);
  let all = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    words[at++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (i < length) {
    let last = 0;
    for (let shift = 0; i < length; i++, shift += 8) {
      const unit = text.charCodeAt(i);
      all |= unit;
      last |= unit << shift;
    }
    words[at++] = last;
  }
  return all > 0xff ? putWideString(words, start, text) : at;
}

function putWideString(words: Int32Array, start: number, text: string): number {
  let at = putHeader(words, start, FormTag.wideString, text.length);
  const even = text.length & ~1;
  for (let i = 0; i < even; i += 2) words[at++] = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
  if (even < text.length) words[at++] = text.charCodeAt(even);
  return at;
}

export function putBytes(words: Int32Array, start: number, bytes: Uint8Array): number {
  let at = putHeader(words, start, FormTag.bytes, bytes.length);
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    words[at++] =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
  }
  if (whole < bytes.length) {
    let last = 0;
    for (let i = whole; i < bytes.length; i++) last |= (bytes[i] as number) << (8 * (i - whole));
    words[at++] = last;
  }
  return at;
}

/** Tag and length, in one word where they fit. */
function putHeader(words: Int32Array, at: number, tag: number, length: number): number {
  if (length < SHORT_LENGTH) {
    words[at] = (length << 8) | tag;
    return at + 1;
  }
  words[at] = LONG | tag;
  words[at + 1] = length;
  return at + 2;
}
