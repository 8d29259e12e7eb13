/** Somebody's tables on the project's node, through a backend of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IgniteBackend } from "../../../bridge/backends/ignite/ignite-backend.ts";
import type { IgniteSettings } from "../../../bridge/backends/ignite/ignite-node.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { directTable } from "../../support/bridge/direct-table.ts";
import { igniteSettings } from "./fresh-tables.ts";

export class IgniteTablesBed {
  readonly backend: IgniteBackend;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
  readonly #journal = new Journal(join(this.#folder, "journal"));

  /** Nothing of Driftscope's own is made there. */
  constructor(settings: Partial<IgniteSettings> = {}) {
    this.backend = new IgniteBackend(igniteSettings(settings));
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
