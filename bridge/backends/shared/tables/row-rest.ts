/** What a mapping leaves out of a row, as a value text: cells by column, opaque to everybody but the table. */
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ServerPlan } from "./server-plan.ts";
import type { RowCells } from "./table-row.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * @param cells By position of `columns`.
 * @returns NotRepresentable where something could not be put back.
 */
export function encodeRest(columns: readonly string[], cells: RowCells): Uint8Array | NotRepresentable {
  const rest = new Map<string, Cell>();
  for (const [i, column] of columns.entries()) {
    const cell = cells[i] ?? null;
    if (cell instanceof NotRepresentable) {
      return new NotRepresentable(
        `what the mapping leaves out of it could not be put back: ${column}: ${cell.reason}`,
      );
    }
    if (cell !== null) rest.set(column, cell);
  }
  return encoder.encode(encodeValue(rest));
}

/** The columns to put back; those that the table has no more are left out. @throws CodecError */
export function decodeRest(plan: ServerPlan, rest: Uint8Array): Map<string, Cell> | NotRepresentable {
  const decoded = decodeValue(decoder.decode(rest));
  if (!(decoded instanceof Map)) return new NotRepresentable("what was left out of it cannot be read");
  const cells = new Map<string, Cell>();
  const isKnown = plan.table.columnsOf === undefined;
  const columns: Iterable<string> = isKnown ? plan.rest : decoded.keys();
  for (const column of columns) {
    if (plan.isMapped(column)) continue;
    const cell: Cell | undefined = decoded.get(column);
    if (cell !== undefined) cells.set(column, cell);
  }
  return cells;
}
