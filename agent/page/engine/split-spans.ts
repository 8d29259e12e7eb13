/**
 * Cuts a span into consecutive parts of about equal numbers of records, without reading a value: a key cursor
 * that advances costs a twentieth of reading the records that it skips.
 */
import { type KeySpan, rangeOf } from "./key-span.ts";
import type { OpenStore } from "./open-store.ts";
import { resultOf } from "./requests.ts";

/** Records a part: enough to make cutting cheap, few enough to hold the digests of a part back. */
const PART_RECORDS = 16_384;

export class SpanSplitter {
  readonly #store: OpenStore;
  #rest: KeySpan | undefined;

  constructor(store: OpenStore, span: KeySpan) {
    this.#store = store;
    this.#rest = span;
  }

  /** The parts cover the whole span, whatever is written meanwhile. Undefined after the last. */
  async next(): Promise<KeySpan | undefined> {
    const span = this.#rest;
    if (span === undefined) return undefined;
    const end = await this.#keyAhead(span);
    if (end === undefined) {
      this.#rest = undefined;
      return span;
    }
    this.#rest = { ...span, lower: end, lowerOpen: false };
    return { ...span, upper: end };
  }

  async #keyAhead(span: KeySpan): Promise<IDBValidKey | undefined> {
    const request = this.#store.begin().openKeyCursor(rangeOf(span));
    const cursor = await resultOf(request);
    if (cursor === null) return undefined;
    cursor.advance(PART_RECORDS);
    return (await resultOf(request))?.key;
  }
}
