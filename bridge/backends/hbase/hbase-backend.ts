/** A table of HBase as a backend, in document mode. */

import type { Finding } from "../../../core/protocol/frames.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendSetUp,
  defaultCapabilities,
  type RemoteBackend,
} from "../backend.ts";
import { DocumentCollection, type DocumentServer } from "../shared/document-collection.ts";
import { checkGateway } from "./check-gateway.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, type RecordsOf, wholeRecords } from "./find-records.ts";
import { Gateway, type HBaseSettings } from "./gateway.ts";
import { scanTable } from "./scan-table.ts";
import { Column, END_OF_COLLECTIONS, MAX_KEY_BYTES, prefixOf, SENTINEL_VERSION } from "./schema.ts";
import { definition, TableDefinition } from "./table-definition.ts";

/** HBase's default of the largest cell, less what is beside the value. */
const MAX_CELL_BYTES = 10 * 1024 * 1024 - 64 * 1024;

export const hbaseCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  // Cells have the times of clocks, which can be wrong: nothing can be told to lie after a checkpoint.
  changes: false,
  maxKeyBytes: MAX_KEY_BYTES,
  maxBodyBytes: MAX_CELL_BYTES,
};

export class HBaseBackend implements RemoteBackend {
  readonly capabilities = hbaseCapabilities;
  readonly #gateway: Gateway;
  readonly #definition: TableDefinition;
  readonly setUp: BackendSetUp;

  /** Asks nothing before it is first asked for something. */
  constructor(settings: HBaseSettings) {
    this.#gateway = new Gateway(settings);
    this.#definition = new TableDefinition(settings);
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

  close(): Promise<void> {
    return this.#gateway.close();
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
