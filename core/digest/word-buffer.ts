import { DigestError } from "./digest-error.ts";
import {
  putBytes,
  putDouble,
  putString,
  WORDS_FOR_NUMBER,
  wordsForBytes,
  wordsForString,
} from "./put-words.ts";

const INITIAL_WORDS = 16 * 1024;
/** A buffer that has grown past this is let go after use. */
const KEPT_WORDS = 1024 * 1024;
const MAX_WORDS = 256 * 1024 * 1024;

/** 32-bit words that grow as they are written. */
export class WordBuffer {
  words = new Int32Array(INITIAL_WORDS);
  length = 0;

  /** Makes room for `count` more words. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.words.length) this.#grow(needed);
  }

  /** Empties the buffer for the next value. */
  clear(): void {
    this.length = 0;
    if (this.words.length > KEPT_WORDS) this.words = new Int32Array(INITIAL_WORDS);
  }

  word(word: number): void {
    this.reserve(1);
    this.words[this.length++] = word;
  }

  double(tag: number, value: number): void {
    this.reserve(WORDS_FOR_NUMBER);
    this.length = putDouble(this.words, this.length, tag, value);
  }

  string(text: string): void {
    this.reserve(wordsForString(text));
    this.length = putString(this.words, this.length, text);
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(wordsForBytes(bytes));
    this.length = putBytes(this.words, this.length, bytes);
  }

  /** The four words of a digest. */
  digest(digest: Int32Array): void {
    this.reserve(4);
    const { words, length } = this;
    words[length] = digest[0] as number;
    words[length + 1] = digest[1] as number;
    words[length + 2] = digest[2] as number;
    words[length + 3] = digest[3] as number;
    this.length = length + 4;
  }

  #grow(needed: number): void {
    if (needed > MAX_WORDS) {
      throw new DigestError("too-large", `A value of more than ${MAX_WORDS * 4} bytes cannot be digested.`);
    }
    const grown = new Int32Array(Math.min(MAX_WORDS, Math.max(needed, this.words.length * 2)));
    grown.set(this.words.subarray(0, this.length));
    this.words = grown;
  }
}
