/** Somebody's own data on a cluster: tables of SQL, and caches of texts. */
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import type { BackendRows, BackendTables, ExaminedMapping } from "../../backend.ts";
import { ServerTables, serverTableCapabilities } from "../../shared/tables/server-tables.ts";
import type { IgniteNode } from "../ignite-node.ts";
import { describeTable } from "./ignite-table.ts";
import { sizeOf, sqlTables } from "./sql-tables.ts";
import { cacheOf } from "./table-names.ts";
import { textCaches } from "./text-caches.ts";

export class IgniteTables implements BackendTables {
  readonly capabilities = serverTableCapabilities;
  readonly #node: IgniteNode;
  readonly #sql: ServerTables;
  readonly #caches: ServerTables;

  constructor(node: IgniteNode) {
    this.#node = node;
    this.#sql = new ServerTables(sqlTables(node));
    this.#caches = new ServerTables(textCaches(node));
  }

  async list(): ReturnType<BackendTables["list"]> {
    return [...(await this.#sql.list()), ...(await this.#caches.list())];
  }

  async describe(table: string): Promise<TableDescription> {
    const cache = cacheOf(table);
    if (cache === undefined) {
      const described = await describeTable(this.#node, table);
      return plain(described, await sizeOf(this.#node, described.cache));
    }
    return plain(await this.#caches.describe(table), await sizeOf(this.#node, cache));
  }

  identity(table: string): Promise<string> {
    return this.#of(table).identity(table);
  }

  examine(mapping: TableMapping): Promise<ExaminedMapping> {
    return this.#of(mapping.columns.table).examine(mapping);
  }

  rows(mapping: TableMapping): BackendRows {
    return this.#of(mapping.columns.table).rows(mapping);
  }

  #of(table: string): ServerTables {
    return cacheOf(table) === undefined ? this.#sql : this.#caches;
  }
}

/** As it travels: without what only the code here has of a table. */
function plain(table: TableDescription, rows: number): TableDescription {
  const { name, isView, columns, primaryKey, unique, foreignKeys, checks } = table;
  return { name, isView, columns, primaryKey, unique, foreignKeys, checks, rows };
}
