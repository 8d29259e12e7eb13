import { rowOfLine, rowPieces, type SegmentRow } from "./segment-rows.ts";

/** A row of a segment, as a line and taken apart: the one is made of the other when it is first asked for. */
export class StoredRow {
  #line: readonly Uint8Array[] | undefined;
  #row: SegmentRow | undefined;

  private constructor(line: readonly Uint8Array[] | undefined, row: SegmentRow | undefined) {
    this.#line = line;
    this.#row = row;
  }

  /** @param line With its end. */
  static ofLine(line: Buffer): StoredRow {
    return new StoredRow([line], undefined);
  }

  static of(row: SegmentRow): StoredRow {
    return new StoredRow(undefined, row);
  }

  /** In pieces, with its end. */
  get line(): readonly Uint8Array[] {
    this.#line ??= rowPieces(this.row);
    return this.#line;
  }

  /** @throws ProtocolError "corrupt" */
  get row(): SegmentRow {
    this.#row ??= rowOfLine(Buffer.concat(this.#line ?? []).subarray(0, -1));
    return this.#row;
  }
}
