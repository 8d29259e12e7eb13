import { DIGEST_BYTES } from "../batch/entry-batch.ts";
import { CanonicalForm, type FormOptions } from "./canonical-form.ts";
import { hashWords } from "./murmur3.ts";

export type DigestOptions = FormOptions;

/**
 * 128-bit digests of values: murmur3 x86_128 of their canonical form (canonical-form.ts), little-endian. The
 * same bytes in a page, a worker and Node, of a live value and of what decodeValue gives. Not keyed: good for
 * finding what differs, not for proving that nobody made two values meet.
 *
 * Reuse one instance for many values: it remembers the property names that it has seen.
 */
export class Digester {
  readonly #form = new CanonicalForm();
  readonly #hash = new Int32Array(DIGEST_BYTES / 4);

  /**
   * 16 bytes, the caller's to keep.
   *
   * @throws DigestError "needs-bytes" with `.blobs`, "not-cloneable" or "too-large".
   */
  digest(value: unknown, options?: DigestOptions): Uint8Array {
    const target = new Uint8Array(DIGEST_BYTES);
    this.digestInto(value, target, 0, options);
    return target;
  }

  /** As `digest`, into 16 bytes of `target` from `offset` on. Nothing is written when it throws. */
  digestInto(value: unknown, target: Uint8Array, offset: number, options: DigestOptions = NO_OPTIONS): void {
    const form = this.#form;
    try {
      form.write(value, options);
      hashWords(form.buffer.words, 0, form.buffer.length, this.#hash);
    } finally {
      form.clear();
    }
    for (let i = 0; i < DIGEST_BYTES; i++)
      target[offset + i] = (this.#hash[i >> 2] as number) >> (8 * (i & 3));
  }
}

const NO_OPTIONS: DigestOptions = {};

export function digestsEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < DIGEST_BYTES; i++) if (a[i] !== b[i]) return false;
  return a.length === DIGEST_BYTES && b.length === DIGEST_BYTES;
}
