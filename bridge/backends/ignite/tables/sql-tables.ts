/** Tables of SQL, as shared/tables wants a server to be. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import { BackendError } from "../../backend-error.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { TableServer } from "../../shared/tables/table-server.ts";
import type { IgniteNode } from "../ignite-node.ts";
import { changeRow } from "./change-row.ts";
import { cacheFacts, clusterId, serverNodes, staleReads } from "./cluster-facts.ts";
import { beyondSize } from "./column-types.ts";
import { findRows, keyTexts } from "./find-rows.ts";
import { describeTable, type IgniteTable, listTables, unknownTable } from "./ignite-table.ts";
import type { RowTexts } from "./row-texts.ts";
import { scanRows } from "./scan-rows.ts";
import { narrowingColumns } from "./scope-conditions.ts";

/** A table with more is read in part only. */
export const MAX_ROWS = 1_000_000;
const CHANGES_AT_A_TIME = 16;

export function sqlTables(node: IgniteNode): TableServer<RowTexts> {
  return {
    product: "Ignite",
    changesAtATime: CHANGES_AT_A_TIME,
    list: async () => (await listTables(node)).map(({ name }) => ({ name, isView: false })),
    describe: (name) => describeTable(node, name),
    identity: (name) => identityOf(node, name),
    examine: (plan) => examine(node, plan),
    scan: (plan, columns, signal) => scanRows(node, plan, tableOf(plan), columns, signal),
    find: (plan, columns, keys) => {
      const table = tableOf(plan);
      const texts = keys.map((key) => keyTexts(plan, table, key));
      return orGone(plan, findRows(node, plan, table, columns, texts));
    },
    refusalOf: (plan, column, cell) => refusalOf(tableOf(plan), column, cell),
    nextVersion,
    change: (plan, change) => orGone(plan, changeRow(node, plan, tableOf(plan), change)),
  };
}

/** A table that went since it was described. */
async function orGone<Result>({ table }: ServerPlan, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BackendError && error.code === "not-set-up" ? unknownTable(table.name) : error;
  }
}

/** What `describe` gave. */
const tableOf = ({ table }: ServerPlan): IgniteTable => table as IgniteTable;

/** Of the cache's rows, which may belong to several tables. */
export const sizeOf = async (node: IgniteNode, cache: string): Promise<number> =>
  Number(await node.ofCache("size", cache, {}));

/**
 * A table that is made anew has other classes, unless its maker named them: then it has the identity of the one before,
 * since the cluster tells nothing else of its past.
 */
async function identityOf(node: IgniteNode, name: string): Promise<string> {
  const found = (await listTables(node)).find((one) => one.name === name);
  if (found === undefined) throw unknownTable(name);
  const { schema, table, classes } = found;
  return JSON.stringify(["ignite", await clusterId(node), schema, table, ...classes]);
}

async function examine(node: IgniteNode, plan: ServerPlan): Promise<{ reads: string; readOnly?: string }> {
  const table = tableOf(plan);
  requireMappable(plan, table);
  const by = narrowingColumns(plan.mapping.scope, plan.codec, table);
  const rows = await sizeOf(node, table.cache);
  if (rows > MAX_ROWS && by.length === 0) throw tooManyRows(table, rows);
  const about = `${rows.toLocaleString("en")} rows`;
  const reads =
    by.length === 0
      ? `all of the table, about ${about}`
      : `by the index of ${by.join(", ")}, a part of about ${about}`;
  const facts = await cacheFacts(node, table.cache);
  const readOnly = facts && staleReads(facts, await serverNodes(node), true);
  return { reads, ...(readOnly === undefined ? {} : { readOnly }) };
}

/** @throws BackendError "mapping-mismatch" */
function requireMappable({ read }: ServerPlan, { columns, types }: IgniteTable): void {
  const other = columns.find(({ name }) => read.includes(name) && !types.has(name));
  if (other === undefined) return;
  throw new BackendError(
    "mapping-mismatch",
    `The column ${JSON.stringify(other.name)} is of the type ${other.type}, which cannot be mapped: leave it out.`,
  );
}

function tooManyRows({ name, indexed }: IgniteTable, rows: number): BackendError {
  const columns = [...indexed].join(", ");
  return new BackendError(
    "mapping-mismatch",
    `The table ${JSON.stringify(name)} has about ${rows.toLocaleString("en")} rows, more than ${MAX_ROWS.toLocaleString("en")} are not read at once: give the mapping a scope with a condition on an indexed column (${columns}).`,
  );
}

function refusalOf({ types, columns, sizes }: IgniteTable, column: string, cell: Cell): string | undefined {
  const described = columns.find(({ name }) => name === column);
  const type = types.get(column);
  if (type === undefined) return `columns of the type ${described?.type ?? "OTHER"} cannot be written`;
  if (cell === null) return described?.nullable === false ? "it must not be NULL" : undefined;
  const text = type.toText(cell);
  if (text instanceof NotRepresentable) return text.reason;
  const { precision = -1, scale = -1 } = sizes.get(column) ?? {};
  return beyondSize(type, cell, precision, scale);
}
