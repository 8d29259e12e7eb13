/** Mapped tables of HBase as a bridge opens them that has a data folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HBaseBackend } from "../../../bridge/backends/hbase/hbase-backend.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import type { ColumnsMapping, FieldColumn } from "../../../core/mapping/columns-mapping.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { initOf } from "../../conformance/suite/bed.ts";
import { directTable } from "../../support/bridge/direct-table.ts";
import { hbaseSettings } from "./fresh-table.ts";

export class TablesBed {
  readonly backend: HBaseBackend;
  readonly journal: Journal;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-hbase-tables-"));

  constructor(settings: Parameters<typeof hbaseSettings>[0] = {}) {
    this.backend = new HBaseBackend(hbaseSettings(settings));
    this.journal = new Journal(join(this.#folder, "journal"));
  }

  /** Not made yet. */
  store(mapping: TableMapping): Promise<RemoteStore> {
    return directTable(this.backend.tables, this.journal, join(this.#folder, "tables"), mapping);
  }

  async opened(mapping: TableMapping): Promise<RemoteStore> {
    const store = await this.store(mapping);
    await store.init(initOf(mapping.columns.table, projectionIdOf({ columns: mapping.columns })));
    return store;
  }

  async dispose(): Promise<void> {
    await this.backend.close();
    await this.journal.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const ROW_KEY = "(row key)";

/** Of a table whose keys are texts. */
export const mappingOf = (
  table: string,
  fields: readonly FieldColumn[],
  more: Partial<ColumnsMapping> = {},
): TableMapping => ({
  columns: { table, key: [{ column: ROW_KEY, as: "textBytes" }], fields, ...more },
});

/** A field of the column's name behind its family. */
export const cellField = (column: string, as: FieldColumn["as"]): FieldColumn => ({
  path: [column.slice(column.indexOf(":") + 1)],
  column,
  as,
  whenNull: "absent",
});
