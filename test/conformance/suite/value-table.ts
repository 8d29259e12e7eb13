/** A table that holds any record under a text key, as SQL that every database takes, and its mapping. */
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";

export function valueTable(name: string, versioned: boolean): string {
  const version = versioned ? ", version INTEGER NOT NULL DEFAULT 1" : "";
  return `CREATE TABLE IF NOT EXISTS "${name}" (k TEXT PRIMARY KEY NOT NULL, v TEXT NOT NULL${version})`;
}

export function valueTableMapping(name: string, versioned: boolean): TableMapping {
  return {
    columns: {
      table: name,
      key: [{ column: "k", as: "text" }],
      fields: [{ path: [], column: "v", as: "value", whenNull: "absent" }],
      ...(versioned ? { version: { column: "version", moves: "increment" } } : {}),
    },
  };
}
