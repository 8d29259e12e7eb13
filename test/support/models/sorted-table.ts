import { toHex } from "../../../core/key/hex.ts";
import type { ScanOptions } from "../../../core/session/ports.ts";

/** Rows by hex key. Hexadecimal order is key order. */
export class SortedTable<Row> {
  readonly #rows = new Map<string, Row>();
  #sorted: string[] | undefined;

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    if (!this.#rows.has(key)) this.#sorted = undefined;
    this.#rows.set(key, row);
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#sorted = undefined;
  }

  keys(): readonly string[] {
    this.#sorted ??= [...this.#rows.keys()].sort();
    return this.#sorted;
  }

  /** Up to `limit` keys of the options' range after `after`, as they are now. */
  page(options: ScanOptions, after: string | undefined, limit: number): string[] {
    const keys = this.keys();
    const lower = options.range?.lower && toHex(options.range.lower);
    const upper = options.range?.upper && toHex(options.range.upper);
    const page: string[] = [];
    for (let i = after === undefined ? 0 : firstAfter(keys, after); i < keys.length; i++) {
      const key = keys[i] as string;
      if (lower !== undefined && key < lower) continue;
      if ((upper !== undefined && key >= upper) || page.length >= limit) break;
      page.push(key);
    }
    return page;
  }
}

function firstAfter(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
