/** What a mapping means for a server's table as it is now. */
import { conditionsOf } from "../../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { MappedTable } from "./mapped-table.ts";
import { type RowCells, type TableRow, toTableRow } from "./table-row.ts";

/** Reads what the scope names as well: no server is trusted with deciding it. */
export class ServerPlan extends MappedTable {
  /** @throws BackendError "mapping-mismatch" naming everything that does not fit. */
  constructor(mapping: TableMapping, table: TableDescription) {
    const { scope } = mapping;
    super(mapping, table, scope === undefined ? [] : Array.from(conditionsOf(scope), ({ column }) => column));
  }

  /** @param cells By position of `read`. */
  toRow(cells: RowCells): TableRow {
    const inScope = this.codec.contains((column) => cells[this.positionOf(column)] ?? null);
    return toTableRow(this, cells, inScope);
  }
}
