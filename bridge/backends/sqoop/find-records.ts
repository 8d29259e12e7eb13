/** Records by key, and all of them in the order of their keys. */
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import type { BackendRecord, BackendScan } from "../backend.ts";
import type { RowHead } from "../shared/document-rows.ts";
import { keyText } from "../shared/key-text.ts";
import type { FoundWindow } from "../shared/record-windows.ts";
import { unknownCollection } from "../shared/stored-meta.ts";
import type { Dialect, RecordsOf, ScanRange } from "./dialects/dialect.ts";
import type { Answer, Questions } from "./questions.ts";
import { headOf, recordOf } from "./record-rows.ts";

/** Where the records of one collection lie. */
export interface CollectionRecords extends RecordsOf {
  /** Of the collection. */
  readonly name: string;
}

/** A scan that is not longer goes along with other questions; what is longer goes on in an import of its own. */
const FIRST_PAGE_ROWS = 5_000;

export class RecordReader {
  readonly #questions: Questions;
  readonly #dialect: Dialect;

  constructor(questions: Questions, dialect: Dialect) {
    this.#questions = questions;
    this.#dialect = dialect;
  }

  /** Missing keys are missing in the map. */
  async heads(records: CollectionRecords, keys: readonly Uint8Array[]): Promise<Map<string, RowHead>> {
    if (keys.length === 0) return new Map();
    const question = this.#dialect.heads(records, keys.map(toHex));
    return byKey(rowsOf(records, await this.#questions.ask(question)), headOf);
  }

  /** What fits into one answer. */
  async whole(records: CollectionRecords, keys: readonly Uint8Array[]): Promise<FoundWindow> {
    const found = new Map<string, BackendRecord | "later">();
    if (keys.length === 0) return found;
    const question = this.#dialect.records(records, keys.map(toHex));
    for (const row of rowsOf(records, await this.#questions.ask(question))) {
      const [key, ...cells] = row;
      const isLater = cells.length === 1 && cells[0] === "later";
      found.set(keyText(fromHex(String(key))), isLater ? "later" : recordOf(row));
    }
    return found;
  }

  /** Complete when it returns: each part is one answer, whole or an error (answer-file.ts). */
  async *scan(
    records: CollectionRecords,
    range: BackendScan,
    limit: number,
    signal: AbortSignal,
  ): AsyncGenerator<EntryBatch> {
    const builder = new EntryBatchBuilder();
    for await (const row of this.#scanRows(records, range, signal)) {
      const { key, state, digest, token } = headOf(row);
      builder.push(key, state, digest, token);
      if (builder.count < limit) continue;
      signal.throwIfAborted();
      yield builder.build();
    }
    if (builder.count > 0) yield builder.build();
  }

  async *#scanRows(
    records: CollectionRecords,
    range: BackendScan,
    signal: AbortSignal,
  ): AsyncGenerator<readonly unknown[]> {
    const bounds = boundsOf(range);
    const first = this.#dialect.scan(records, { ...bounds, limit: FIRST_PAGE_ROWS });
    const rows = rowsOf(records, await this.#questions.ask(first));
    signal.throwIfAborted();
    yield* rows;
    if (rows.length < FIRST_PAGE_ROWS) return;
    const rest = this.#dialect.scan(records, { ...bounds, lower: String(rows.at(-1)?.[0]), isAfter: true });
    for await (const row of this.#questions.stream(rest, signal)) yield checked(records, row);
  }
}

function boundsOf({ after, lower, upper }: BackendScan): ScanRange {
  const isAfter = after !== undefined && (lower === undefined || Buffer.compare(after, lower) >= 0);
  const from = isAfter ? after : lower;
  return { lower: from && toHex(from), isAfter, upper: upper && toHex(upper) };
}

function rowsOf(records: CollectionRecords, answer: Answer): Answer {
  return answer.map((row) => checked(records, row));
}

/** @throws ProtocolError "unknown-collection" for what the database answers in place of rows where it is gone */
function checked({ name }: CollectionRecords, row: readonly unknown[]): readonly unknown[] {
  if (row[0] === "gone") throw unknownCollection(name);
  return row;
}

function byKey<Found extends { readonly key: Uint8Array }>(
  rows: Answer,
  toFound: (row: readonly unknown[]) => Found,
): Map<string, Found> {
  return new Map(
    rows.map((row) => {
      const found = toFound(row);
      return [keyText(found.key), found];
    }),
  );
}
