import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { DataWriter } from "./data-writer.ts";
import { columnsOf, PARQUET_SCHEMA } from "./parquet-columns.ts";
import type { StoredRow } from "./stored-row.ts";

/** Where its bytes are taken away as they come: what it counts goes on. */
class TakenWriter extends ByteWriter {
  take(): Uint8Array {
    const taken = new Uint8Array(this.buffer.slice(0, this.index));
    this.index = 0;
    return taken;
  }
}

/** A block is a row group. */
export class ParquetDataWriter implements DataWriter {
  readonly format = "parquet";
  readonly begin: Uint8Array;
  readonly #bytes = new TakenWriter();
  readonly #file = new ParquetWriter({
    writer: this.#bytes,
    schema: [...PARQUET_SCHEMA],
    createdBy: "driftscope",
  });

  constructor() {
    this.begin = this.#bytes.take();
  }

  sizeOf({ row: { key, body } }: StoredRow): number {
    return key.length + (body?.length ?? 0);
  }

  block(rows: readonly StoredRow[]): { pieces: Uint8Array[]; lineBytes: Uint32Array } {
    void this.#file.write({ columnData: columnsOf(rows.map(({ row }) => row)), rowGroupSize: rows.length });
    return { pieces: [this.#bytes.take()], lineBytes: new Uint32Array(rows.length) };
  }

  end(): Uint8Array {
    void this.#file.finish();
    return this.#bytes.take();
  }
}
