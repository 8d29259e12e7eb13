/** One row's compare-and-set: the gateway compares the guard's cell, and writes or deletes in the same step. */
import type { Cell } from "../../../../core/mapping/cell.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, RowChange } from "../../shared/tables/table-server.ts";
import type { Row } from "../cell-set.ts";
import { guardOf, refusalOfChange } from "./check-mapping.ts";
import { columnBytes, familyOf } from "./column-names.ts";
import type { ForeignTable, PutCell } from "./foreign-table.ts";
import { keyOf } from "./row-keys.ts";

/** @throws BackendError; without `nothingWritten` it may have applied, or may still */
export async function changeRow(
  table: ForeignTable,
  plan: ServerPlan,
  change: RowChange<Row>,
): Promise<ChangeResult> {
  const guard = guardOf(plan);
  const refusal = refusalOfChange(plan, change);
  if (typeof guard === "string" || refusal !== undefined) {
    return { is: "rejected", code: "not-representable", reason: `${refusal}.` };
  }
  const key = keyOf(change.key);
  const column = columnBytes(guard.column);
  const expected = bytesOf(change.from.get(guard.column));
  if (change.kind === "delete") {
    // By families: to delete a cell alone would bring its older version back.
    return told(await table.checkAndDelete(key, familiesOf(change.there?.own), column, expected));
  }
  const cells = cellsToPut(change, guard.column);
  // What there is to write is there already: it is read afterwards, as after every write.
  if (cells.length === 0) return { is: "applied" };
  return told(await table.checkAndPut(key, cells, column, expected));
}

const told = (isApplied: boolean): ChangeResult => ({ is: isApplied ? "applied" : "missed" });

/** Those that become another, and the guard's. */
function cellsToPut({ set, from }: RowChange<Row>, guard: string): PutCell[] {
  const cells: PutCell[] = [];
  for (const [column, cell] of set) {
    const bytes = bytesOf(cell);
    if (bytes === undefined) continue;
    if (column === guard || !isSame(bytes, bytesOf(from.get(column))))
      cells.push([columnBytes(column), bytes]);
  }
  return cells;
}

/** Those that the row had when it was read: what somebody puts into another one stays. */
function familiesOf(row: Row | undefined): string[] {
  return [...new Set(Array.from(row?.cells.keys() ?? [], familyOf))];
}

const bytesOf = (cell: Cell | undefined): Uint8Array | undefined =>
  cell instanceof Uint8Array ? cell : undefined;

const isSame = (a: Uint8Array, b: Uint8Array | undefined): boolean =>
  b !== undefined && Buffer.compare(a, b) === 0;
