import { toHex } from "../key/hex.ts";
import { BatchError } from "./batch-error.ts";
import { endOf, startOf } from "./byte-column.ts";
import { ByteColumnBuilder } from "./byte-column-builder.ts";
import { DIGEST_BYTES, type EntryBatch, EntryState } from "./entry-batch.ts";

/** Collects entries into the columns of an EntryBatch. Reusable: `build` empties it and keeps its room. */
export class EntryBatchBuilder {
  readonly #keys = new ByteColumnBuilder(2048);
  readonly #tokens = new ByteColumnBuilder(256);
  #digests = new Uint8Array(64 * DIGEST_BYTES);
  #states = new Uint8Array(64);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * Appends an entry; everything is copied.
   *
   * @param key Key bytes, above the key before.
   * @param digest 16 bytes, for `present` and for nothing else.
   * @param token ASCII.
   * @throws BatchError "out-of-order" or "malformed-entry"; the builder is then as before.
   */
  push(key: Uint8Array, state: EntryState, digest?: Uint8Array, token = ""): void {
    if (
      (state === EntryState.present) !== (digest !== undefined) ||
      (digest && digest.length !== DIGEST_BYTES)
    ) {
      throw new BatchError(
        "malformed-entry",
        `The entry of key ${toHex(key)} has state ${state} and a digest of ${digest?.length ?? 0} bytes; ` +
          `${DIGEST_BYTES} bytes belong to a present record and none to any other state.`,
      );
    }
    this.#requireAbove(key, 0, key.length);
    if (!this.#tokens.pushAscii(token)) {
      throw new BatchError(
        "malformed-entry",
        `The token of key ${toHex(key)} is not ASCII text: "${token}".`,
      );
    }
    this.#keys.push(key, 0, key.length);
    this.#append(state, digest, 0);
  }

  /** Appends entry `index` of a batch, with the token of an entry of another one where that is given. */
  pushFrom(source: EntryBatch, index: number, tokenSource = source, tokenIndex = index): void {
    const keys = source.keys;
    this.#requireAbove(keys.bytes, startOf(keys, index), endOf(keys, index));
    const tokens = tokenSource.tokens;
    this.#keys.push(keys.bytes, startOf(keys, index), endOf(keys, index));
    this.#tokens.push(tokens.bytes, startOf(tokens, tokenIndex), endOf(tokens, tokenIndex));
    this.#append(source.states[index] as EntryState, source.digests, index * DIGEST_BYTES);
  }

  /** The entries so far, in arrays of exactly their size. */
  build(): EntryBatch {
    const count = this.#count;
    this.#count = 0;
    return {
      count,
      keys: this.#keys.build(),
      digests: this.#digests.slice(0, count * DIGEST_BYTES),
      states: this.#states.slice(0, count),
      tokens: this.#tokens.build(),
    };
  }

  #requireAbove(bytes: Uint8Array, from: number, to: number): void {
    if (from < to && this.#keys.isLastBelow(bytes, from, to)) return;
    const key = toHex(bytes.subarray(from, to));
    throw new BatchError("out-of-order", `Key ${key} does not come after the key before it.`);
  }

  #append(state: EntryState, digests: Uint8Array | undefined, offset: number): void {
    if (this.#count === this.#states.length) this.#grow();
    const target = this.#count * DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) this.#digests[target + i] = digests?.[offset + i] ?? 0;
    this.#states[this.#count++] = state;
  }

  #grow(): void {
    const digests = new Uint8Array(this.#digests.length * 2);
    digests.set(this.#digests);
    this.#digests = digests;
    const states = new Uint8Array(this.#states.length * 2);
    states.set(this.#states);
    this.#states = states;
  }
}
