/** What of a table has to be read for a mapping: a part of a partition, a partition, or all of it. */

import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { fixedColumns } from "../../../../core/mapping/scope.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import { quoteIdentifier } from "../schema.ts";
import { bytesOf } from "./column-cells.ts";
import type { TableDefinition } from "./table-definition.ts";

export interface Reach {
  /** Behind the table's name, with a question mark for each of `params`; empty = all of the table. */
  readonly where: string;
  readonly params: readonly Buffer[];
  /** "the partition movie_id = 5"; undefined = all of the table. */
  readonly words: string | undefined;
}

const EVERYTHING: Reach = { where: "", params: [], words: undefined };

/**
 * The scope's "=" on all columns of the partition key, and on the first clustering columns. Whatever else it says is
 * looked at row by row.
 */
export function reachOf(plan: ServerPlan, { partitionKey, clustering, columns }: TableDefinition): Reach {
  const { scope } = plan.mapping;
  if (scope === undefined) return EVERYTHING;
  const settled = fixedColumns(scope);
  const params: Buffer[] = [];
  const names: string[] = [];
  const words: string[] = [];
  for (const name of [...partitionKey, ...clustering]) {
    const literal = settled.get(name);
    const type = columns.get(name)?.type;
    const cell = literal === undefined ? undefined : plan.codec.cellOfLiteral(name, literal);
    const bytes = cell === undefined || type === undefined ? undefined : bytesOf(type, cell);
    // What the column cannot hold cannot be asked for, either.
    if (bytes === undefined || bytes === null || bytes instanceof NotRepresentable) break;
    params.push(bytes);
    names.push(quoteIdentifier(name));
    words.push(`${name} = ${literal}`);
  }
  if (names.length < partitionKey.length) return EVERYTHING;
  const where = ` WHERE ${names.map((name) => `${name} = ?`).join(" AND ")}`;
  const ofPartition = `the partition ${words.slice(0, partitionKey.length).join(", ")}`;
  const rows = words.slice(partitionKey.length);
  return { where, params, words: rows.length === 0 ? ofPartition : `${rows.join(", ")} in ${ofPartition}` };
}
