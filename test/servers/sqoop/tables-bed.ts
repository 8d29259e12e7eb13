/** Somebody's tables, through a backend of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendTables, RemoteBackend } from "../../../bridge/backends/backend.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { directTable } from "../../support/bridge/direct-table.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

type TablesBackend = RemoteBackend & { readonly tables: BackendTables };

export class SqoopTablesBed {
  readonly backend: TablesBackend;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
  readonly #journal = new Journal(join(this.#folder, "journal"));

  /** @param backend Closed with the bed. */
  constructor(backend: TablesBackend) {
    this.backend = backend;
  }

  /** On the project's database, with the functions of Driftscope made there. */
  static async start(queries: Readonly<Record<string, string>> = {}): Promise<SqoopTablesBed> {
    return new SqoopTablesBed(await freshBackend({}, undefined, freshPrefix(), queries));
  }

  store(mapping: TableMapping): Promise<RemoteStore> {
    return directTable(this.backend.tables, this.#journal, join(this.#folder, "tables"), mapping);
  }

  async dispose(): Promise<void> {
    await this.backend.close();
    await this.#journal.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
