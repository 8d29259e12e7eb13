import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CassandraBackend } from "../../../../bridge/backends/cassandra/cassandra-backend.ts";
import { Journal } from "../../../../bridge/journal/journal.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../../core/session/ports.ts";
import { directTable } from "../../../support/bridge/direct-table.ts";
import { backendOn } from "../fresh-backend.ts";
import { freshKeyspace } from "../fresh-keyspace.ts";
import { Owner } from "./owner.ts";

/** A keyspace of its own, whose tables are opened as a bridge opens them. */
export class TableBed {
  readonly keyspace: string;
  readonly owner: Owner;
  readonly backend: CassandraBackend;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
  readonly #journal = new Journal(join(this.#folder, "journal"));

  private constructor(keyspace: string) {
    this.keyspace = keyspace;
    this.owner = new Owner(keyspace);
    this.backend = backendOn(keyspace);
  }

  static async make(): Promise<TableBed> {
    return new TableBed(await freshKeyspace());
  }

  store(mapping: TableMapping): Promise<RemoteStore> {
    return directTable(this.backend.tables, this.#journal, join(this.#folder, "tables"), mapping);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.owner.close(), this.backend.close()]);
    await this.#journal.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
