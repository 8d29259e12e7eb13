/** What a column cannot hold exactly. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import { canonicalJson } from "./canonical-json.ts";
import { bytesOf } from "./column-cells.ts";

import { columnOf } from "./row-statements.ts";
import type { ColumnDefinition, TableDefinition } from "./table-definition.ts";

/** The lengths of a key's parts are told in 16 bits. */
const MAX_KEY_BYTES = 65_535;

/** Why not; undefined = it can. */
export function refusalOf(
  plan: ServerPlan,
  definition: TableDefinition,
  name: string,
  cell: Cell,
): string | undefined {
  const column = columnOf(definition, name);
  const bytes = bytesOf(column.type, cell);
  if (bytes instanceof NotRepresentable) return bytes.reason;
  if (column.kind === "partition_key" || column.kind === "clustering")
    return keyRefusal(definition, column, bytes);
  if (column.type.is === "scalar" || typeof cell !== "string" || isJson(plan, name)) return undefined;
  return canonicalJson(column.type, cell) === cell
    ? undefined
    : "it is read back spelled otherwise: map the column as JSON";
}

function keyRefusal(
  { partitionKey }: TableDefinition,
  { kind }: ColumnDefinition,
  bytes: Buffer | null,
): string | undefined {
  if (bytes === null) return "a key column holds no NULL";
  if (bytes.length > MAX_KEY_BYTES)
    return `it takes ${bytes.length} bytes, a key of Cassandra at most ${MAX_KEY_BYTES}`;
  if (bytes.length === 0 && kind === "partition_key" && partitionKey.length === 1) {
    return "a partition key is not empty";
  }
  return undefined;
}

/** Mapped so that its spelling does not matter. */
const isJson = ({ mapping }: ServerPlan, name: string): boolean =>
  mapping.columns.fields.some(({ column, as }) => column === name && as === "json");
