/** HBase as a backend: a table of our own in document mode, and somebody's tables. */

import type { Finding } from "../../../core/protocol/frames.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendSetUp,
  type BackendTables,
  defaultCapabilities,
  type RemoteBackend,
} from "../backend.ts";
import { RestClient } from "../rest/rest-client.ts";
import { DocumentCollection, type DocumentServer } from "../shared/document-collection.ts";
import { ServerTables } from "../shared/tables/server-tables.ts";
import { checkGateway } from "./check-gateway.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, type RecordsOf, wholeRecords } from "./find-records.ts";
import { Gateway, type HBaseSettings } from "./gateway.ts";
import { scanTable } from "./scan-table.ts";
import {
  Column,
  END_OF_COLLECTIONS,
  MAX_CELL_BYTES,
  MAX_KEY_BYTES,
  MAX_WRITTEN_KEY_BYTES,
  prefixOf,
  SENTINEL_VERSION,
} from "./schema.ts";
import { definition, TableDefinition } from "./table-definition.ts";
import { HBaseTables } from "./tables/hbase-tables.ts";

export const hbaseCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  // Cells have the times of clocks, which can be wrong: nothing can be told to lie after a checkpoint.
  changes: false,
  maxKeyBytes: MAX_KEY_BYTES,
  maxBodyBytes: MAX_CELL_BYTES,
};

/** Of the tables of others. */
export const hbaseTableCapabilities: Partial<BackendCapabilities> = {
  maxKeyBytes: MAX_WRITTEN_KEY_BYTES,
};

export class HBaseBackend implements RemoteBackend {
  readonly capabilities = hbaseCapabilities;
  readonly tables: BackendTables;
  readonly #rest: RestClient;
  readonly #gateway: Gateway;
  readonly #definition: TableDefinition;
  readonly setUp: BackendSetUp;

  /** Asks nothing before it is first asked for something. */
  constructor(settings: HBaseSettings) {
    this.#gateway = new Gateway(settings);
    this.#definition = new TableDefinition(settings);
    this.#rest = new RestClient(settings);
    const tables = new HBaseTables(this.#rest, this.#definition, settings);
    this.tables = new ServerTables(tables, hbaseTableCapabilities);
    const row = `put '${settings.table}', '${END_OF_COLLECTIONS}', '${Column.version}', '${SENTINEL_VERSION}'`;
    this.setUp = { statements: () => [definition(settings.table), row], run: () => this.#setUp() };
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#gateway);
  }

  collection(name: string): BackendCollection {
    return new DocumentCollection(documentsOf(this.#gateway), name);
  }

  check(): Promise<readonly Finding[]> {
    return checkGateway({ gateway: this.#gateway, definition: this.#definition });
  }

  async close(): Promise<void> {
    await Promise.all([this.#gateway.close(), this.#rest.close()]);
  }

  async #setUp(): Promise<void> {
    await this.#definition.make();
    await this.#gateway.put(END_OF_COLLECTIONS, [[Column.version, SENTINEL_VERSION]]);
  }
}

function documentsOf(gateway: Gateway): DocumentServer<RecordsOf> {
  return {
    product: "HBase",
    async find(name) {
      const found = await findCollection(gateway, name);
      if (found === undefined) return undefined;
      return { meta: found.meta, records: { gateway, prefix: prefixOf(found.meta.incarnation) } };
    },
    init: (name, init) => initCollection(gateway, name, init),
    scan: scanTable,
    findHeads,
    findRecords: wholeRecords,
    write: compareAndSet,
  };
}
