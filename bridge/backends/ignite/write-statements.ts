/**
 * Statements that write several records, each under its own condition.
 *
 * An INSERT writes the rows whose keys are not there. An UPDATE takes its values, and the version that each row must
 * have, by the key: Ignite compares each row with what it read in the moment that it writes it. Neither is atomic as a
 * whole; how many rows changed says whether all of them did. Measured against one statement a record: see test/bench.
 */
import { toHex } from "../../../core/key/hex.ts";
import type { BackendWrite } from "../backend.ts";
import { Deleted } from "../shared/document-rows.ts";
import { opIdOf } from "../shared/tokens.ts";
import { formText } from "./ignite-node.ts";
import { type RecordsOf, rowKey } from "./record-rows.ts";

/** An operation with the version that it gives, and what its statement takes. */
export interface EncodedWrite {
  readonly operation: BackendWrite;
  readonly token: string;
  /** Those of one shape go in one statement. */
  readonly shape: Shape;
  /** By formText, in the order of the shape's columns. */
  readonly args: readonly string[];
  /** Of the form that it goes in. */
  readonly bytes: number;
}

/** New or not, and what is written: it decides the columns. */
type Shape = `${"insert" | "update"} ${"put" | "delete" | "absent"}`;

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `&arg123=` */
const ARGUMENT_NAME_BYTES = 8;
/** What a row takes in the text of an UPDATE, which is encoded, too. */
const SQL_BYTES_PER_ROW = 250;

/** @throws TypeError for a body that is not UTF-8 */
export function encodeWrite(records: RecordsOf, operation: BackendWrite, token: string): EncodedWrite {
  const { opId, key, expect, write } = operation;
  const isPut = typeof write === "object";
  const values = [rowKey(records, key), token, opId];
  if (expect !== null) values.push(expect, opIdOf(expect) ?? "");
  if (isPut) values.push(toHex(write.digest), text.decode(write.body));
  const args = values.map(formText);
  const bytes = args.reduce((sum, arg) => sum + arg.length + ARGUMENT_NAME_BYTES, SQL_BYTES_PER_ROW);
  const shape: Shape = `${expect === null ? "insert" : "update"} ${isPut ? "put" : write}`;
  return { operation, token, shape, args, bytes };
}

export interface WriteStatement {
  readonly sql: string;
  readonly args: readonly string[];
}

/** @param writes Of one shape. */
export function writeStatement(
  { table }: RecordsOf,
  writes: readonly EncodedWrite[],
  writer: string,
): WriteStatement {
  const shape = writes[0]?.shape ?? "insert put";
  const isPut = shape.endsWith("put");
  const deleted = isPut ? Deleted.no : shape.endsWith("delete") ? Deleted.yes : Deleted.neverThere;
  const args = [formText(writer), ...writes.flatMap(({ args }) => args)];
  const sql = shape.startsWith("insert")
    ? insertSql(table, writes.length, isPut, deleted)
    : updateSql(table, writes.length, isPut, deleted);
  return { sql, args };
}

function insertSql(table: string, rows: number, isPut: boolean, deleted: number): string {
  const columns = isPut ? ', "digest", "body"' : "";
  const width = isPut ? 5 : 3;
  const values = Array.from({ length: rows }, (_, row) => {
    const places = Array.from({ length: width }, (_, column) => `?${2 + row * width + column}`);
    return `(?1, ${deleted}, ${places.join(", ")})`;
  });
  return `INSERT INTO ${table} ("writer", "deleted", "k", "version", "op_id"${columns}) VALUES ${values.join(", ")}`;
}

/** Where each argument of a row stands. */
const Place = { key: 0, token: 1, opId: 2, expect: 3, prevOpId: 4, digest: 5, body: 6 } as const;

function updateSql(table: string, rows: number, isPut: boolean, deleted: number): string {
  const width = isPut ? 7 : 5;
  const at = (row: number, place: number): string => `?${2 + row * width + place}`;
  const byKey = (place: number): string => {
    const cases = Array.from(
      { length: rows },
      (_, row) => `WHEN ${at(row, Place.key)} THEN ${at(row, place)}`,
    );
    return `CASE "k" ${cases.join(" ")} END`;
  };
  const set = [
    `"version" = ${byKey(Place.token)}`,
    `"op_id" = ${byKey(Place.opId)}`,
    `"prev_op_id" = ${byKey(Place.prevOpId)}`,
    `"digest" = ${isPut ? byKey(Place.digest) : "NULL"}`,
    `"body" = ${isPut ? byKey(Place.body) : "NULL"}`,
    `"deleted" = ${deleted}`,
    '"writer" = ?1',
  ];
  const keys = Array.from({ length: rows }, (_, row) => at(row, Place.key));
  return `UPDATE ${table} SET ${set.join(", ")} WHERE "k" IN (${keys.join(", ")}) AND "version" = ${byKey(Place.expect)}`;
}

/** Of any shape. */
export const ARGUMENTS_PER_ROW = 7;
