/** Somebody's tables in the project's database, through a backend of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqoopBackend } from "../../../bridge/backends/sqoop/sqoop-backend.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { directTable } from "../../support/bridge/direct-table.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

export class SqoopTablesBed {
  readonly backend: SqoopBackend;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
  readonly #journal = new Journal(join(this.#folder, "journal"));

  private constructor(backend: SqoopBackend) {
    this.backend = backend;
  }

  /** With the functions of Driftscope made there. */
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
