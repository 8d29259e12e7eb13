/** Folders that are declared ours: the suite of all backends, in each format. */
import { parquetWriteBuffer } from "hyparquet-writer";
import { serverTableCapabilities } from "../../../bridge/backends/shared/tables/server-tables.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { valueTableMapping } from "../../conformance/suite/value-table.ts";
import { someOf } from "../../support/models/runs.ts";
import { FoldersBed } from "./folders-bed.ts";

/** Without a row. */
const EMPTY = {
  NDJSON: "",
  CSV: "k,v,version\n",
  Parquet: new Uint8Array(
    parquetWriteBuffer({
      schema: [
        { name: "root", num_children: 3 },
        { name: "k", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "v", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "version", type: "INT64", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "k", data: [] },
        { name: "v", data: [] },
        { name: "version", data: [] },
      ],
    }),
  ),
  JSON: "[\n]\n",
};

const nameOf = (collection: string): string => collection.replaceAll(/\W/g, "-");

for (const format of someOf("NDJSON", "Parquet", "CSV", "JSON") as (keyof typeof EMPTY)[]) {
  conformanceSuite(
    `folders of ${format} that are ours`,
    async () => {
      const bed = new FoldersBed({ ours: ["*"] });
      const made = new Map<string, Promise<void>>();
      const mapping = (collection: string): TableMapping =>
        valueTableMapping(nameOf(collection), format === "CSV");
      return {
        store: async (collection) => {
          const name = nameOf(collection);
          if (collection !== "never made") {
            const making = made.get(name) ?? bed.put(name, "part-00000", EMPTY[format]);
            made.set(name, making);
            await making;
          }
          return bed.store(mapping(collection));
        },
        projectionId: (collection) => projectionIdOf({ columns: mapping(collection).columns }),
        dispose: () => bed.dispose(),
      };
    },
    { ...serverTableCapabilities, anyKey: false, isSlow: true },
  );
}
