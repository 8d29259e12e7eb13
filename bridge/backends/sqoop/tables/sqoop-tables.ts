import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { ServerTables } from "../../shared/tables/server-tables.ts";
import { plain } from "./jdbc-table.ts";
import type { JdbcTables } from "./jdbc-tables.ts";

export class SqoopTables extends ServerTables {
  readonly #server: JdbcTables;

  /** @param caution Of the capabilities. */
  constructor(server: JdbcTables, caution: string) {
    super(server, { caution });
    this.#server = server;
  }

  override async describe(table: string): Promise<TableDescription> {
    return plain(await this.#server.describe(table));
  }
}
