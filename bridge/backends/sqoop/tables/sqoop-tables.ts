import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { ServerTables } from "../../shared/tables/server-tables.ts";
import { plain } from "./postgresql-table.ts";
import type { PostgresqlTables } from "./postgresql-tables.ts";

export class SqoopTables extends ServerTables {
  readonly #server: PostgresqlTables;

  /** @param caution Of the capabilities. */
  constructor(server: PostgresqlTables, caution: string) {
    super(server, { caution });
    this.#server = server;
  }

  override async describe(table: string): Promise<TableDescription> {
    return plain(await this.#server.describe(table));
  }
}
