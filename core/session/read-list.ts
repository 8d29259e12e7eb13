/**
 * Lists whose items become objects when they are looked at: as objects a million drifts, operations or outcomes
 * would each take half a gigabyte.
 */

/** What an array can do, as far as it is needed of such a list. */
export interface ReadList<Item> extends Iterable<Item> {
  readonly length: number;
  at(index: number): Item | undefined;
  slice(from?: number, to?: number): Item[];
  map<Value>(of: (item: Item, index: number) => Value): Value[];
  filter(isWanted: (item: Item, index: number) => boolean): Item[];
  find(isWanted: (item: Item, index: number) => boolean): Item | undefined;
  some(isWanted: (item: Item, index: number) => boolean): boolean;
  every(isWanted: (item: Item, index: number) => boolean): boolean;
  findIndex(isWanted: (item: Item, index: number) => boolean): number;
  forEach(use: (item: Item, index: number) => void): void;
}

/** The same of anything that knows its length and makes one item at a time. */
export abstract class LazyList<Item> implements ReadList<Item> {
  abstract get length(): number;

  /** @param index From 0 to below the length. */
  protected abstract item(index: number): Item;

  at(index: number): Item | undefined {
    const wanted = index < 0 ? this.length + index : index;
    return wanted >= 0 && wanted < this.length ? this.item(wanted) : undefined;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let index = 0; index < this.length; index++) yield this.item(index);
  }

  slice(from = 0, to = this.length): Item[] {
    const sliced: Item[] = [];
    for (let index = from; index < Math.min(to, this.length); index++) sliced.push(this.item(index));
    return sliced;
  }

  map<Value>(of: (item: Item, index: number) => Value): Value[] {
    const values: Value[] = [];
    for (const item of this) values.push(of(item, values.length));
    return values;
  }

  filter(isWanted: (item: Item, index: number) => boolean): Item[] {
    const wanted: Item[] = [];
    this.forEach((item, index) => {
      if (isWanted(item, index)) wanted.push(item);
    });
    return wanted;
  }

  find(isWanted: (item: Item, index: number) => boolean): Item | undefined {
    const index = this.findIndex(isWanted);
    return index < 0 ? undefined : this.item(index);
  }

  some(isWanted: (item: Item, index: number) => boolean): boolean {
    return this.findIndex(isWanted) >= 0;
  }

  every(isWanted: (item: Item, index: number) => boolean): boolean {
    return !this.some((item, index) => !isWanted(item, index));
  }

  findIndex(isWanted: (item: Item, index: number) => boolean): number {
    let index = 0;
    for (const item of this) {
      if (isWanted(item, index)) return index;
      index++;
    }
    return -1;
  }

  forEach(use: (item: Item, index: number) => void): void {
    let index = 0;
    for (const item of this) use(item, index++);
  }
}
