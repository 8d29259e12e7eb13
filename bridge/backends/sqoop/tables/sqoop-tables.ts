import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { encodeTableMapping } from "../../../../core/protocol/table-mapping.ts";
import type { BackendCapabilities, BackendRows } from "../../backend.ts";
import { ServerTables } from "../../shared/tables/server-tables.ts";
import { KeptRows } from "../kept-rows.ts";
import type { KeptScans } from "../kept-scans.ts";
import { plain } from "./postgresql-table.ts";
import type { PostgresqlTables } from "./postgresql-tables.ts";

export class SqoopTables extends ServerTables {
  readonly #server: PostgresqlTables;
  readonly #scans: KeptScans;

  constructor(server: PostgresqlTables, scans: KeptScans, capabilities: Partial<BackendCapabilities>) {
    super(server, capabilities);
    this.#server = server;
    this.#scans = scans;
  }

  override async describe(table: string): Promise<TableDescription> {
    return plain(await this.#server.describeNow(table));
  }

  override rows(mapping: TableMapping): BackendRows {
    const name = JSON.stringify(["table", encodeTableMapping(mapping)]);
    return new KeptRows(super.rows(mapping), this.#scans, name);
  }
}
