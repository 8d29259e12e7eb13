/** The drifts of a comparison, in key order, by column: one becomes an object when it is looked at. */
import { ChunkBuilder, ChunkedList } from "./chunked-list.ts";
import { compareKeyIn, unpackKey } from "./columns.ts";
import type { Drift, DriftKind } from "./drift.ts";
import {
  type DriftColumns,
  type Holders,
  holdersIn,
  kindIn,
  packDrifts,
  unpackDrift,
} from "./drift-columns.ts";
import type { ReadList } from "./read-list.ts";

export type DriftList = ReadList<Drift>;

export class PackedDrifts extends ChunkedList<Drift, DriftColumns> {
  protected unpack(chunk: DriftColumns, index: number): Drift {
    return unpackDrift(chunk, index);
  }

  keyAt(index: number): Uint8Array {
    const chunk = this.chunkOf(index);
    return unpackKey(this.chunks[chunk] as DriftColumns, index - this.startOf(chunk));
  }

  /** Below 0, 0 or above 0, as the key of the drift to this one. */
  compareKeyAt(index: number, key: Uint8Array): number {
    const chunk = this.chunkOf(index);
    return compareKeyIn(this.chunks[chunk] as DriftColumns, index - this.startOf(chunk), key);
  }

  kindAt(index: number): DriftKind {
    const chunk = this.chunkOf(index);
    return kindIn(this.chunks[chunk] as DriftColumns, index - this.startOf(chunk));
  }

  holdersAt(index: number): Holders {
    const chunk = this.chunkOf(index);
    return holdersIn(this.chunks[chunk] as DriftColumns, index - this.startOf(chunk));
  }

  /** Undefined where no drift has this key. */
  indexOfKey(key: Uint8Array): number | undefined {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compareKeyAt(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low < this.length && this.compareKeyAt(low, key) === 0 ? low : undefined;
  }

  /** The same list with some drifts replaced; parts without any are shared with this one. */
  with(replaced: ReadonlyMap<number, Drift>): PackedDrifts {
    const touched = new Set([...replaced.keys()].map((index) => this.chunkOf(index)));
    const chunks = this.chunks.map((chunk, c) => {
      if (!touched.has(c)) return chunk;
      const start = this.startOf(c);
      return packDrifts(
        Array.from({ length: chunk.count }, (_, i) => replaced.get(start + i) ?? unpackDrift(chunk, i)),
      );
    });
    return new PackedDrifts(chunks);
  }

  /** Those that are wanted; parts of which all are wanted are shared with this list. */
  only(isWanted: (index: number) => boolean): PackedDrifts {
    const builder = new ChunkBuilder(packDrifts);
    this.chunks.forEach((chunk, c) => {
      const start = this.startOf(c);
      const wanted: number[] = [];
      for (let i = 0; i < chunk.count; i++) if (isWanted(start + i)) wanted.push(i);
      if (wanted.length === chunk.count) builder.pushChunk(chunk);
      else for (const i of wanted) builder.push(unpackDrift(chunk, i));
    });
    return new PackedDrifts(builder.chunks());
  }
}

export class DriftListBuilder {
  readonly #builder: ChunkBuilder<Drift, DriftColumns>;

  /** @param before Drifts that come before. */
  constructor(before?: DriftList) {
    this.#builder = new ChunkBuilder(packDrifts, before ? packDriftList(before).chunks : []);
  }

  get length(): number {
    return this.#builder.length;
  }

  push(drift: Drift): void {
    this.#builder.push(drift);
  }

  build(): PackedDrifts {
    return new PackedDrifts(this.#builder.chunks());
  }
}

/** The same drifts, packed. */
export function packDriftList(drifts: Iterable<Drift>): PackedDrifts {
  if (drifts instanceof PackedDrifts) return drifts;
  const builder = new DriftListBuilder();
  for (const drift of drifts) builder.push(drift);
  return builder.build();
}
