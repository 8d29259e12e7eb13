/**
 * The columns of a segment of Parquet, one row a record, as Spark, Hive or pyarrow read them without us:
 *
 *     key       the record's key as bytes in the order of keys, in hexadecimal
 *     id        the same for people, as JSON (core/key/key-json.ts): "a"  7  ["eu",7]  "~d1760000000000"
 *     deleted   whether there is no record (any more)
 *     state     present, deleted (a tombstone) or absent (what a fence leaves)
 *     version   of several rows of a key, in several segments, the one counts with the highest number before the dot
 *     digest, prevOpId, writer
 *     value     the record as JSON, where plain JSON holds it
 *     encoded   else the text of core/codec
 */
import type { SchemaElement } from "hyparquet";
import type { ColumnSource } from "hyparquet-writer";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { encodedText, idOf, isPlainJson, rowOf, type SegmentRow, wordsOf } from "./segment-rows.ts";

const text = (name: string, repetition_type: "REQUIRED" | "OPTIONAL"): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  repetition_type,
});

const COLUMNS: readonly SchemaElement[] = [
  text("key", "REQUIRED"),
  text("id", "REQUIRED"),
  { name: "deleted", type: "BOOLEAN", repetition_type: "REQUIRED" },
  text("state", "REQUIRED"),
  text("version", "REQUIRED"),
  text("digest", "OPTIONAL"),
  text("prevOpId", "OPTIONAL"),
  text("writer", "REQUIRED"),
  text("value", "OPTIONAL"),
  text("encoded", "OPTIONAL"),
];

export const PARQUET_SCHEMA: readonly SchemaElement[] = [
  { name: "record", num_children: COLUMNS.length },
  ...COLUMNS,
];

/** Those that a row is made of again. */
export const READ_COLUMNS = COLUMNS.map(({ name }) => name).filter((name) => !/^(?:id|deleted)$/.test(name));

/** What a query leaves row groups out by. */
const WITH_STATISTICS = new Set(["key", "deleted", "state"]);
/** No two rows have the same: looking for repetitions costs time. */
const UNIQUE = new Set(["key", "id", "version", "digest", "value", "encoded"]);

/** Of one row group. */
export function columnsOf(rows: readonly SegmentRow[]): ColumnSource[] {
  const cells = rows.map(cellsOf);
  return COLUMNS.map(({ name }) => ({
    name,
    data: cells.map((row) => row[name] ?? null),
    statistics: WITH_STATISTICS.has(name),
    ...(UNIQUE.has(name) ? { encoding: "PLAIN" } : {}),
  }));
}

function cellsOf(row: SegmentRow): Readonly<Record<string, unknown>> {
  const { key, state, body } = row;
  const isPlain = body !== undefined && isPlainJson(body);
  return {
    ...wordsOf(row),
    id: JSON.stringify(idOf(key)),
    deleted: state !== EntryState.present,
    value: isPlain ? body : undefined,
    encoded: body === undefined || isPlain ? undefined : encodedText(body),
  };
}

/** @param cells By column, texts as their bytes. @throws ProtocolError "corrupt" */
export function rowOfCells(cells: Readonly<Record<string, Uint8Array | undefined>>): SegmentRow {
  const word = (name: string): string | undefined => {
    const bytes = cells[name];
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  };
  const words = {
    key: word("key") ?? "",
    state: word("state"),
    version: word("version") ?? "",
    digest: word("digest"),
    prevOpId: word("prevOpId"),
    writer: word("writer") ?? "",
  };
  return rowOf(words, cells.value ?? cells.encoded);
}
