import type { BackendTables } from "../../../bridge/backends/backend.ts";
import { DirectRemoteStore } from "../../../bridge/headless/remote/direct-remote-store.ts";
import type { Journal } from "../../../bridge/journal/journal.ts";
import { CollectionWriter } from "../../../bridge/server/collection-writer.ts";
import { TableRegister } from "../../../bridge/tables/table-register.ts";
import { TableViews } from "../../../bridge/tables/table-views.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";

/** An existing table through a mapping, in this process: as a bridge opens it that keeps `tablesFolder`. */
export async function directTable(
  tables: BackendTables,
  journal: Journal,
  tablesFolder: string,
  mapping: TableMapping,
): Promise<RemoteStore> {
  const of = { connection: "direct", tables, allowed: ["*"], readOnly: undefined };
  const views = new TableViews(of, new TableRegister(tablesFolder));
  const { view: id } = await views.open(mapping);
  const { collection, capabilities, readOnly: reasonNow } = views.view(id, mapping.columns.table);
  const name = { connection: "direct", collection: mapping.columns.table };
  const readOnly = reasonNow();
  const writer = new CollectionWriter({ name, collection, capabilities, readOnly, journal });
  return new DirectRemoteStore({
    name,
    served: { collection, writer, readOnly, initRefusal: undefined },
    capabilities: { ...capabilities, writable: readOnly === undefined },
    journal,
    writer: "direct",
  });
}
