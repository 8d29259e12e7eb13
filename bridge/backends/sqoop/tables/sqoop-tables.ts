import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { encodeTableMapping } from "../../../../core/protocol/table-mapping.ts";
import type { BackendCapabilities, BackendRows } from "../../backend.ts";
import { ServerTables } from "../../shared/tables/server-tables.ts";
import type { TableServer } from "../../shared/tables/table-server.ts";
import { KeptRows } from "../kept-rows.ts";
import type { KeptScans } from "../kept-scans.ts";

/** One that remembers what a table was like, and can be made to ask. */
interface AskedServer extends TableServer {
  describeNow(table: string): Promise<TableDescription>;
}

export class SqoopTables extends ServerTables {
  readonly #server: AskedServer;
  readonly #scans: KeptScans;

  constructor(server: AskedServer, scans: KeptScans, capabilities: Partial<BackendCapabilities>) {
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

/** As it travels: without what only the code here has of a table. */
function plain(table: TableDescription): TableDescription {
  const { name, isView, columns, primaryKey, unique, foreignKeys, checks, rows } = table;
  const description = { name, isView, columns, primaryKey, unique, foreignKeys, checks };
  return rows === undefined ? description : { ...description, rows };
}
