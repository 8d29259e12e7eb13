/**
 * The operations of a plan, by column: as objects a million of them would take half a gigabyte. They are packed
 * in chunks, which is also how a plan is saved, and one becomes an object when it is looked at.
 */
import {
  headAt,
  type OperationColumns,
  type OperationHead,
  packOperations,
  unpackOperation,
} from "./operation-columns.ts";
import type { PlannedOperation } from "./plan.ts";

/** What an array of operations can do, as far as it is needed. */
export interface OperationList extends Iterable<PlannedOperation> {
  readonly length: number;
  at(index: number): PlannedOperation | undefined;
  slice(from?: number, to?: number): PlannedOperation[];
  map<Value>(of: (operation: PlannedOperation, index: number) => Value): Value[];
  filter(isWanted: (operation: PlannedOperation, index: number) => boolean): PlannedOperation[];
  some(isWanted: (operation: PlannedOperation, index: number) => boolean): boolean;
  every(isWanted: (operation: PlannedOperation, index: number) => boolean): boolean;
  findIndex(isWanted: (operation: PlannedOperation, index: number) => boolean): number;
  forEach(use: (operation: PlannedOperation, index: number) => void): void;
}

/** Enough that a chunk's fixed costs vanish, few enough to be made from objects. */
const CHUNK_OPERATIONS = 4096;

export class PackedOperations implements OperationList {
  readonly chunks: readonly OperationColumns[];
  readonly length: number;
  /** Index of the first operation of each chunk. */
  readonly #starts: readonly number[];

  constructor(chunks: readonly OperationColumns[]) {
    this.chunks = chunks;
    let length = 0;
    this.#starts = chunks.map(({ count }) => {
      length += count;
      return length - count;
    });
    this.length = length;
  }

  at(index: number): PlannedOperation | undefined {
    const wanted = index < 0 ? this.length + index : index;
    if (!(wanted >= 0 && wanted < this.length)) return undefined;
    let low = 0;
    let high = this.chunks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) <= wanted) low = middle;
      else high = middle;
    }
    return unpackOperation(this.chunks[low] as OperationColumns, wanted - (this.#starts[low] as number));
  }

  *[Symbol.iterator](): Generator<PlannedOperation> {
    for (const chunk of this.chunks) {
      for (let i = 0; i < chunk.count; i++) yield unpackOperation(chunk, i);
    }
  }

  *heads(): Generator<OperationHead> {
    for (const chunk of this.chunks) {
      for (let i = 0; i < chunk.count; i++) yield headAt(chunk, i);
    }
  }

  slice(from = 0, to = this.length): PlannedOperation[] {
    const sliced: PlannedOperation[] = [];
    for (let i = from; i < Math.min(to, this.length); i++) sliced.push(this.at(i) as PlannedOperation);
    return sliced;
  }

  map<Value>(of: (operation: PlannedOperation, index: number) => Value): Value[] {
    const values: Value[] = [];
    for (const operation of this) values.push(of(operation, values.length));
    return values;
  }

  filter(isWanted: (operation: PlannedOperation, index: number) => boolean): PlannedOperation[] {
    const wanted: PlannedOperation[] = [];
    this.forEach((operation, i) => {
      if (isWanted(operation, i)) wanted.push(operation);
    });
    return wanted;
  }

  some(isWanted: (operation: PlannedOperation, index: number) => boolean): boolean {
    return this.findIndex(isWanted) >= 0;
  }

  every(isWanted: (operation: PlannedOperation, index: number) => boolean): boolean {
    return !this.some((operation, i) => !isWanted(operation, i));
  }

  findIndex(isWanted: (operation: PlannedOperation, index: number) => boolean): number {
    let i = 0;
    for (const operation of this) {
      if (isWanted(operation, i)) return i;
      i++;
    }
    return -1;
  }

  forEach(use: (operation: PlannedOperation, index: number) => void): void {
    let i = 0;
    for (const operation of this) use(operation, i++);
  }
}

/** What of each operation can be had without making an object of all of it. */
export function headsOf(operations: OperationList): Iterable<OperationHead> {
  return operations instanceof PackedOperations ? operations.heads() : operations;
}

/** Packs operations as they are made; at no time are more than a chunk of them objects. */
export class OperationListBuilder {
  readonly #chunks: OperationColumns[] = [];
  #open: PlannedOperation[] = [];

  push(...operations: readonly PlannedOperation[]): void {
    this.#open.push(...operations);
    if (this.#open.length >= CHUNK_OPERATIONS) this.#close();
  }

  build(): PackedOperations {
    if (this.#open.length > 0) this.#close();
    return new PackedOperations(this.#chunks);
  }

  #close(): void {
    this.#chunks.push(packOperations(this.#open));
    this.#open = [];
  }
}

/** The same operations, packed. */
export function packList(operations: OperationList): PackedOperations {
  if (operations instanceof PackedOperations) return operations;
  const builder = new OperationListBuilder();
  for (const operation of operations) builder.push(operation);
  return builder.build();
}
