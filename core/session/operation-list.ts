/** The operations of a plan, by column, in chunks, which is also how a plan is saved. */
import { equalBytes } from "../diff/equal-bytes.ts";
import { ChunkBuilder, ChunkedList } from "./chunked-list.ts";
import { compareKeyIn, countedOf, unpackKey } from "./columns.ts";
import {
  headAt,
  type OperationColumns,
  type OperationHead,
  opIdAt,
  packOperations,
  unpackOperation,
} from "./operation-columns.ts";
import type { PlannedOperation } from "./plan.ts";
import type { ReadList } from "./read-list.ts";

export type OperationList = ReadList<PlannedOperation>;

export class PackedOperations extends ChunkedList<PlannedOperation, OperationColumns> {
  /** The chunk in which an id was found last. */
  #found = 0;
  /** Of chunks whose ids do not count on: indexes by id, made when first asked for. */
  readonly #indexes = new Map<number, ReadonlyMap<string, number>>();

  protected unpack(chunk: OperationColumns, index: number): PlannedOperation {
    return unpackOperation(chunk, index);
  }

  opIdAt(index: number): string {
    const chunk = this.chunkOf(index);
    return opIdAt(this.chunks[chunk] as OperationColumns, index - this.startOf(chunk));
  }

  keyAt(index: number): Uint8Array {
    const chunk = this.chunkOf(index);
    return unpackKey(this.chunks[chunk] as OperationColumns, index - this.startOf(chunk));
  }

  /** Whether the operation is on the record of this key. */
  hasKeyAt(index: number, key: Uint8Array): boolean {
    return this.#compareKeyAt(index, key) === 0;
  }

  /** The operations on the record of this key: none, one, or the two of a merge. */
  onKey(key: Uint8Array): PlannedOperation[] {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareKeyAt(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    const found: PlannedOperation[] = [];
    while (low < this.length && this.hasKeyAt(low, key)) found.push(this.at(low++) as PlannedOperation);
    return found;
  }

  #compareKeyAt(index: number, key: Uint8Array): number {
    const chunk = this.chunkOf(index);
    return compareKeyIn(this.chunks[chunk] as OperationColumns, index - this.startOf(chunk), key);
  }

  *heads(): Generator<OperationHead> {
    for (const chunk of this.chunks) {
      for (let index = 0; index < chunk.count; index++) yield headAt(chunk, index);
    }
  }

  /** Undefined where no operation has this id. */
  indexOfId(opId: string): number | undefined {
    const counted = countedOf(opId);
    const { chunks } = this;
    for (let step = 0; step < chunks.length; step++) {
      // Ids are mostly asked for in order.
      const chunk = (this.#found + step) % chunks.length;
      const index = this.#indexIn(chunk, opId, counted);
      if (index === undefined) continue;
      this.#found = chunk;
      return this.startOf(chunk) + index;
    }
    return undefined;
  }

  #indexIn(chunk: number, opId: string, counted: ReturnType<typeof countedOf>): number | undefined {
    const { opIds, count } = this.chunks[chunk] as OperationColumns;
    if ("prefix" in opIds) {
      if (counted?.prefix !== opIds.prefix) return undefined;
      const index = counted.count - opIds.first;
      return index >= 0 && index < count ? index : undefined;
    }
    const known = this.#indexes.get(chunk) ?? new Map(opIds.map((id, index) => [id, index]));
    this.#indexes.set(chunk, known);
    return known.get(opId);
  }
}

/** What of each operation can be had without making an object of all of it. */
export function headsOf(operations: OperationList): Iterable<OperationHead> {
  return operations instanceof PackedOperations ? operations.heads() : operations;
}

/** Likewise the key of one; the index must be below the length. */
export function keyOfOperation(operations: OperationList, index: number): Uint8Array {
  if (operations instanceof PackedOperations) return operations.keyAt(index);
  return (operations.at(index) as PlannedOperation).key;
}

/** Whether it is that of one; likewise. */
export function isOnKey(operations: OperationList, index: number, key: Uint8Array): boolean {
  if (operations instanceof PackedOperations) return operations.hasKeyAt(index, key);
  return equalBytes((operations.at(index) as PlannedOperation).key, key);
}

export class OperationListBuilder {
  readonly #builder = new ChunkBuilder(packOperations);

  push(...operations: readonly PlannedOperation[]): void {
    this.#builder.push(...operations);
  }

  build(): PackedOperations {
    return new PackedOperations(this.#builder.chunks());
  }
}

/** The same operations, packed. */
export function packList(operations: OperationList): PackedOperations {
  if (operations instanceof PackedOperations) return operations;
  const builder = new OperationListBuilder();
  for (const operation of operations) builder.push(operation);
  return builder.build();
}
