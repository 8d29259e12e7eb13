/** What a mapping leaves out of a row, as a value text: opaque to everybody but the table that it is put back into. */
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { type ExactCell, quoteIdentifier, type SqliteFile } from "../driver.ts";
import type { BoundCell } from "./row-cells.ts";
import type { TablePlan } from "./table-plan.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Text is kept as its bytes, so that also what is no valid text comes back. */
interface KeptText {
  readonly text: Uint8Array;
}
type KeptCell = ExactCell | KeptText;

/** Undefined when the mapping leaves nothing out, or the row is gone. */
export function readRest(
  file: SqliteFile,
  plan: TablePlan,
  where: { readonly sql: string; readonly parameters: readonly ExactCell[] },
): Uint8Array | undefined {
  if (plan.rest.length === 0) return undefined;
  const columns = plan.rest.map(quoteIdentifier);
  const selected = columns.map(
    (column) =>
      `typeof(${column}), CASE WHEN typeof(${column}) = 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`,
  );
  const row = file
    .exactStatement(`SELECT ${selected.join(", ")} FROM ${plan.quotedName} WHERE ${where.sql}`)
    .get(where.parameters);
  if (row === undefined) return undefined;
  const rest = new Map<string, KeptCell>();
  for (const [i, column] of plan.rest.entries()) {
    const cell = row[2 * i + 1];
    const bytes = cell instanceof Uint8Array ? new Uint8Array(cell) : undefined;
    rest.set(
      column,
      bytes === undefined ? (cell as ExactCell) : row[2 * i] === "text" ? { text: bytes } : bytes,
    );
  }
  return encoder.encode(encodeValue(rest));
}

/** The columns to put back; those that the table has no more are left out. @throws CodecError */
export function decodeRest(plan: TablePlan, rest: Uint8Array): Map<string, BoundCell> | NotRepresentable {
  const decoded = decodeValue(decoder.decode(rest));
  if (!(decoded instanceof Map)) return new NotRepresentable("what was left out of it cannot be read");
  const bound = new Map<string, BoundCell>();
  for (const column of plan.rest) {
    const kept: KeptCell | undefined = decoded.get(column);
    if (kept === undefined) continue;
    if (typeof kept === "object" && kept !== null && "text" in kept) {
      bound.set(column, { sql: "CAST(? AS TEXT)", parameter: kept.text });
    } else {
      bound.set(column, { sql: "?", parameter: kept });
    }
  }
  return bound;
}
