/** An Ignite cluster as a backend: collections of our own, and somebody's tables and caches. */

import type { Finding } from "../../../core/protocol/frames.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendSetUp,
  type BackendTables,
  defaultCapabilities,
  type RemoteBackend,
} from "../backend.ts";
import { DocumentCollection, type DocumentServer } from "../shared/document-collection.ts";
import { checkNode } from "./check-node.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, wholeRecords } from "./find-records.ts";
import { IgniteNode, type IgniteSettings } from "./ignite-node.ts";
import type { RecordsOf } from "./record-rows.ts";
import { scanTable } from "./scan-table.ts";
import { definitions, tablesOf } from "./schema.ts";
import { IgniteTables } from "./tables/ignite-tables.ts";

export const igniteCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  // Rows of different keys have no order of commits, so nothing can be told to lie after a checkpoint.
  changes: false,
};

export class IgniteBackend implements RemoteBackend {
  readonly capabilities = igniteCapabilities;
  readonly tables: BackendTables;
  readonly #node: IgniteNode;
  readonly setUp: BackendSetUp;

  /** Asks nothing before it is first asked for something. */
  constructor(settings: IgniteSettings) {
    const node = new IgniteNode(settings);
    const tables = tablesOf(settings.prefix);
    const statements = definitions(tables);
    this.#node = node;
    this.tables = new IgniteTables(node);
    const makesCache = `REST: cmd=getorcreate&cacheName=${tables.cache}&templateName=REPLICATED`;
    this.setUp = { statements: () => [makesCache, ...statements], run: () => node.define(statements) };
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#node);
  }

  collection(name: string): BackendCollection {
    return new DocumentCollection(documentsOf(this.#node), name);
  }

  check(): Promise<readonly Finding[]> {
    return checkNode(this.#node);
  }

  close(): Promise<void> {
    return this.#node.close();
  }
}

function documentsOf(node: IgniteNode): DocumentServer<RecordsOf> {
  const table = `"${node.tables.records}"`;
  return {
    product: "Ignite",
    async find(name) {
      const found = await findCollection(node, name);
      if (found === undefined) return undefined;
      return { meta: found.meta, records: { table, incarnation: found.meta.incarnation } };
    },
    init: (name, init) => initCollection(node, name, init),
    scan: (records, range, limit, signal) => scanTable(node, records, range, limit, signal),
    findHeads: (records, keys) => findHeads(node, records, keys),
    findRecords: (records, keys) => wholeRecords(node, records, keys),
    write: (records, operations, writer) => compareAndSet({ node, records, writer }, operations),
  };
}
