/** Somebody's own tables on a server. */
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import {
  type BackendCapabilities,
  type BackendRows,
  type BackendTables,
  defaultCapabilities,
  type ExaminedMapping,
} from "../../backend.ts";
import { ServerRows } from "./server-rows.ts";
import type { TableServer } from "./table-server.ts";

export const serverTableCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  canFence: false,
  changes: false,
  tombstones: false,
};

export class ServerTables implements BackendTables {
  readonly capabilities: BackendCapabilities;
  readonly #server: TableServer;

  constructor(server: TableServer, capabilities: Partial<BackendCapabilities> = {}) {
    this.#server = server;
    this.capabilities = { ...serverTableCapabilities, ...capabilities };
  }

  list(): ReturnType<BackendTables["list"]> {
    return this.#server.list();
  }

  describe(table: string, mapping?: TableMapping): Promise<TableDescription> {
    return this.#server.describe(table, mapping);
  }

  identity(table: string): Promise<string> {
    return this.#server.identity(table);
  }

  async examine(mapping: TableMapping): Promise<ExaminedMapping> {
    return this.#server.examine(await new ServerRows(this.#server, mapping).plan());
  }

  rows(mapping: TableMapping): BackendRows {
    return new ServerRows(this.#server, mapping);
  }
}
