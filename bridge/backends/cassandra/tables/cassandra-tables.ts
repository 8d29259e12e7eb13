/** Somebody's own tables in a keyspace. */
import type { types } from "cassandra-driver";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { ExaminedMapping } from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { RowCells } from "../../shared/tables/table-row.ts";
import type { ChangeResult, FoundRow, RowChange, TableServer } from "../../shared/tables/table-server.ts";
import type { CassandraCluster, Statement } from "../cluster.ts";
import { quoteIdentifier } from "../schema.ts";
import { type RowTimes, TimesReader } from "./cell-times.ts";
import { changeRow } from "./change-row.ts";
import { cellOf } from "./column-cells.ts";
import { PartitionTurns } from "./partition-turns.ts";
import { reachOf } from "./reach.ts";
import { refusalOf } from "./refusals.ts";
import {
  clockOf,
  columnOf,
  type KeyOf,
  keyOf,
  type NamedTable,
  rowsOfPartition,
  selectRows,
} from "./row-statements.ts";
import { estimateSize, isLarge, sizeWords } from "./size-estimate.ts";
import { listTables, readDefinition, type TableDefinition, toDescription } from "./table-definition.ts";

const PAGE_ROWS = 500;
const READS_AT_A_TIME = 32;
const KEYS_PER_STATEMENT = 50;
const CHANGES_AT_A_TIME = 32;

type Found = FoundRow<RowTimes>;

export class CassandraTables implements TableServer<RowTimes> {
  readonly product = "Cassandra";
  readonly changesAtATime = CHANGES_AT_A_TIME;
  readonly nextVersion = nextVersion;
  readonly #cluster: CassandraCluster;
  readonly #turns = new PartitionTurns();
  /** Of what `describe` gave. */
  readonly #definitions = new WeakMap<TableDescription, TableDefinition>();

  constructor(cluster: CassandraCluster) {
    this.#cluster = cluster;
  }

  list(): Promise<{ name: string; isView: boolean }[]> {
    return listTables(this.#cluster);
  }

  async describe(table: string): Promise<TableDescription> {
    const [definition, estimate] = await Promise.all([
      readDefinition(this.#cluster, table),
      estimateSize(this.#cluster, table),
    ]);
    const description = toDescription(table, definition, estimate?.partitions);
    this.#definitions.set(description, definition);
    return description;
  }

  async identity(table: string): Promise<string> {
    const { id } = await readDefinition(this.#cluster, table);
    const { name } = await this.#cluster.facts();
    return `cassandra ${name} ${id}`;
  }

  async examine(plan: ServerPlan): Promise<ExaminedMapping> {
    const definition = this.#of(plan);
    requireWholeKey(plan, definition);
    const reads = await this.#readsOf(plan, definition);
    const readOnly = readOnlyReason(plan, definition);
    return { reads, ...(readOnly === undefined ? {} : { readOnly }) };
  }

  /**
   * Complete when the driver has gone through all pages: the server ends them by a page without a state to go on from,
   * and answers an error where the replicas that LOCAL_QUORUM asks for did not answer.
   */
  async *scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly Found[]> {
    const definition = this.#of(plan);
    const { where, params } = reachOf(plan, definition);
    const query = `${selectRows(this.#named(plan, definition), columns)}${where}`;
    let pageState: string | undefined;
    do {
      signal.throwIfAborted();
      const page = await this.#cluster.page({ query, params }, { fetchSize: PAGE_ROWS, pageState });
      const rows = page.rows.map((row) => cellsOf(definition, columns, row));
      yield rows.filter((cells) => isRow(definition, columns, cells)).map((cells) => ({ cells }));
      pageState = page.pageState;
    } while (pageState !== undefined);
  }

  async find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<(Found | undefined)[]> {
    const definition = this.#of(plan);
    requireWholeKey(plan, definition);
    const withCells = definition.isCounter ? [] : columns.map((column) => columnOf(definition, column));
    const times = await TimesReader.of(this.#cluster, withCells);
    const select = selectRows(this.#named(plan, definition), columns, times.selections());
    const wanted = keys.map((key) => keyOf(definition, plan, key));
    const found = new Map<string, Found>();
    // Serial reads of one partition would be in each other's way.
    await inParallel(byPartition(wanted), READS_AT_A_TIME, async (partition) => {
      for (let from = 0; from < partition.length; from += KEYS_PER_STATEMENT) {
        const { where, params } = rowsOfPartition(
          definition,
          partition.slice(from, from + KEYS_PER_STATEMENT),
        );
        for (const row of await this.#latest(definition, { query: `${select}${where}`, params })) {
          const cells = cellsOf(definition, columns, row);
          const key = keyOf(definition, plan, keyCells(plan, columns, cells));
          if (!(key instanceof NotRepresentable)) found.set(key.row, { cells, own: times.read(row) });
        }
      }
    });
    return keys.map((key, i) => {
      const at = wanted[i];
      const row = at === undefined || at instanceof NotRepresentable ? undefined : found.get(at.row);
      return row && isOfKey(plan, columns, row, key) ? row : undefined;
    });
  }

  refusalOf(plan: ServerPlan, column: string, cell: Cell): string | undefined {
    return refusalOf(plan, this.#of(plan), column, cell);
  }

  async change(plan: ServerPlan, change: RowChange<RowTimes>): Promise<ChangeResult> {
    const definition = this.#of(plan);
    const at = keyOf(definition, plan, change.key);
    const partition = at instanceof NotRepresentable ? "" : `${plan.table.name} ${at.partition}`;
    const target = {
      cluster: this.#cluster,
      table: this.#named(plan, definition),
      plan,
      findAgain: async () => (await this.find(plan, plan.read, [change.key]))[0],
    };
    return this.#turns.take(partition, () => changeRow(target, change));
  }

  async #readsOf(plan: ServerPlan, definition: TableDefinition): Promise<string> {
    const { words } = reachOf(plan, definition);
    if (words !== undefined) return words;
    const estimate = await estimateSize(this.#cluster, plan.table.name);
    if (estimate === undefined) return "all of the table";
    if (!isLarge(estimate)) return `all of the table, ${sizeWords(estimate)}`;
    const columns = definition.partitionKey.map((column) => `${column} = …`).join(" and ");
    throw new BackendError(
      "mapping-mismatch",
      `The table ${JSON.stringify(plan.table.name)} has ${sizeWords(estimate)}, which a compare would read whole. Give the mapping a scope that says ${columns}: then it reads that partition alone.`,
    );
  }

  /** What nobody writes conditionally takes no round of Paxos. */
  #latest({ isView, isCounter }: TableDefinition, statement: Statement): Promise<readonly types.Row[]> {
    return isView || isCounter ? this.#cluster.rows(statement) : this.#cluster.serialRows(statement);
  }

  #of({ table }: ServerPlan): TableDefinition {
    const definition = this.#definitions.get(table);
    if (definition === undefined) throw new TypeError(`The table ${table.name} was not described here`);
    return definition;
  }

  #named({ table }: ServerPlan, definition: TableDefinition): NamedTable {
    const { keyspace } = this.#cluster.settings;
    return { definition, name: `${quoteIdentifier(keyspace)}.${quoteIdentifier(table.name)}` };
  }
}

function cellsOf(
  definition: TableDefinition,
  columns: readonly string[],
  row: Readonly<Record<string, unknown>>,
): RowCells {
  return columns.map((column, i) => cellOf(columnOf(definition, column).type, row[`c${i}`]));
}

/** A partition that has static columns and no rows comes as one row without a clustering key. */
function isRow({ clustering }: TableDefinition, columns: readonly string[], cells: RowCells): boolean {
  return !columns.some((column, i) => cells[i] === null && clustering.includes(column));
}

function byPartition(keys: readonly (KeyOf | NotRepresentable)[]): KeyOf[][] {
  const partitions = new Map<string, KeyOf[]>();
  for (const key of keys) {
    if (key instanceof NotRepresentable) continue;
    const same = partitions.get(key.partition);
    if (same === undefined) partitions.set(key.partition, [key]);
    else same.push(key);
  }
  return Array.from(partitions.values());
}

function keyCells({ keyColumns }: ServerPlan, columns: readonly string[], cells: RowCells): Cell[] {
  return keyColumns.map((column) => {
    const cell = cells[columns.indexOf(column)];
    return cell instanceof NotRepresentable || cell === undefined ? null : cell;
  });
}

/** What is in the mapping's key besides the primary key has to be there, too. Bytes are in no such key. */
function isOfKey(
  plan: ServerPlan,
  columns: readonly string[],
  { cells }: Found,
  key: readonly Cell[],
): boolean {
  return keyCells(plan, columns, cells).every((cell, i) => cell instanceof Uint8Array || cell === key[i]);
}

/** Rows are found by all of it. @throws BackendError "mapping-mismatch" */
function requireWholeKey(
  { table, keyColumns }: ServerPlan,
  { partitionKey, clustering }: TableDefinition,
): void {
  const missing = [...partitionKey, ...clustering].filter((column) => !keyColumns.includes(column));
  if (missing.length === 0) return;
  throw new BackendError(
    "mapping-mismatch",
    `Rows of ${JSON.stringify(table.name)} are found by their whole primary key: add ${missing.join(", ")} to the mapping's key.`,
  );
}

function readOnlyReason(plan: ServerPlan, definition: TableDefinition): string | undefined {
  const { columns, isCounter, partitionKey, clustering } = definition;
  const table = JSON.stringify(plan.table.name);
  if (isCounter) {
    return `${table} counts: Cassandra takes no conditions on counters and no values for them, only what is to be added, so that what others added could not be kept.`;
  }
  const ofKind = (kind: string): string | undefined =>
    plan.columns.find((column) => columns.get(column)?.kind === kind);
  const shared = ofKind("static");
  if (shared !== undefined) {
    return `The column ${JSON.stringify(shared)} is static, so all rows of a partition share it: writing one record would change the others. Leave it out to write.`;
  }
  const extra = plan.keyColumns.find((column) => ![...partitionKey, ...clustering].includes(column));
  if (extra !== undefined) {
    return `The key column ${JSON.stringify(extra)} is not of the primary key, so that its value can change while the row stays. Leave it out of the key to write.`;
  }
  const { version } = plan;
  if (version?.moves === "clock" && clockOf(columnOf(definition, version.column)) === undefined) {
    return `The version column ${JSON.stringify(version.column)} is a ${plan.describe(version.column)?.type}, into which Cassandra puts no time of its own: it takes a timestamp, a bigint or a timeuuid.`;
  }
  return undefined;
}
