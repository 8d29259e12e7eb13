/**
 * Somebody's tables of HBase.
 *
 * HBase knows families, rows and bytes: columns are what rows have, and what their bytes stand for is the mapping's to say.
 * A row is there where it has any cell at all; of a cell the newest version counts, and older ones are left alone. A cell
 * that is not there is NULL.
 */
import type { Cell } from "../../../../core/mapping/cell.ts";
import { conditionsOf } from "../../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import type { BackendTables, ExaminedMapping } from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import type { RestClient } from "../../rest/rest-client.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, FoundRow, RowChange, TableServer } from "../../shared/tables/table-server.ts";
import type { Row } from "../cell-set.ts";
import type { HBaseSettings } from "../gateway.ts";
import { MAX_CELL_BYTES, MAX_ROW_KEY_BYTES } from "../schema.ts";
import type { TableDefinition } from "../table-definition.ts";
import { changeRow } from "./change-row.ts";
import { guardOf, refusalOfChange, requireByteMapping } from "./check-mapping.ts";
import { columnBytes, columnName, ROW_KEY } from "./column-names.ts";
import { describeNamed, describeSample, SAMPLE_ROWS } from "./describe-table.ts";
import { findRows } from "./find-rows.ts";
import { ForeignTable, unknownTable } from "./foreign-table.ts";
import { keyOf } from "./row-keys.ts";
import { isNarrowed, rowRange } from "./row-range.ts";
import { scanRows } from "./scan-rows.ts";
import { sizeOf } from "./table-size.ts";
import { nextVersion } from "./version-bytes.ts";

/** About a million rows of half a kilobyte: beyond that a mapping needs a scope of rows. */
const LARGE_BYTES = 512 * 1024 * 1024;

const ROWS_AT_A_TIME = 500;

export class HBaseTables implements TableServer<Row> {
  readonly product = "HBase";
  readonly changesAtATime = 32;
  readonly nextVersion = nextVersion;
  readonly refusalOfChange = refusalOfChange;
  readonly #client: RestClient;
  readonly #definition: TableDefinition;
  readonly #own: string;
  readonly #largeBytes: number;

  /** @param settings `table`: ours, which is left out. `largeBytes`: what needs a scope. */
  constructor(
    client: RestClient,
    definition: TableDefinition,
    { table, largeBytes = LARGE_BYTES }: Pick<HBaseSettings, "table" | "largeBytes">,
  ) {
    this.#client = client;
    this.#definition = definition;
    this.#own = table.replace(/^default:/, "");
    this.#largeBytes = largeBytes;
  }

  async list(): ReturnType<BackendTables["list"]> {
    const names = await this.#definition.tables();
    return names
      .filter((name) => name !== this.#own && !name.startsWith("hbase:"))
      .sort()
      .map((name) => ({ name, isView: false }));
  }

  async describe(name: string, mapping?: TableMapping): Promise<TableDescription> {
    const families = await this.#definition.families(name);
    if (families === undefined) throw unknownTable(name);
    if (mapping !== undefined) return describeNamed(name, families, columnsOf(mapping));
    return describeSample(name, families, await this.#table(name).firstRows(SAMPLE_ROWS));
  }

  /**
   * The oldest of its regions: a table that is made anew has younger ones. So has one whose oldest region was split or
   * merged; what was known of its records is then asked for anew, which costs a comparison and overwrites nothing.
   */
  async identity(name: string): Promise<string> {
    const regions = await this.#table(name).regions();
    const [oldest] = [...regions].sort((a, b) => a.id - b.id || (a.name < b.name ? -1 : 1));
    if (oldest === undefined) throw unknownTable(name);
    return oldest.name;
  }

  async examine(plan: ServerPlan): Promise<ExaminedMapping> {
    requireByteMapping(plan);
    const range = rowRange(plan);
    const { name } = plan.table;
    const { regions, bytes } = await sizeOf(this.#table(name), this.#client, range);
    const isLarge = bytes === undefined ? regions > 1 : bytes > this.#largeBytes;
    const size = `${regions === 1 ? "one region" : `${regions} regions`}${bytes === undefined ? "" : ` of ${inMegabytes(bytes)}`}`;
    if (isLarge && !isNarrowed(range)) {
      throw new BackendError(
        "mapping-mismatch",
        `The table ${JSON.stringify(name)} is large (${size}), and this mapping would read all of it: give it a scope of the column ${JSON.stringify(ROW_KEY)}, from one key (">=") to another ("<").`,
      );
    }
    const guard = guardOf(plan);
    return {
      reads: isNarrowed(range)
        ? `the rows of ${name} that the scope's keys name, in ${size}`
        : `all rows of ${name}, in ${size}`,
      ...(typeof guard === "string" ? { readOnly: guard } : {}),
    };
  }

  async *scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly FoundRow<Row>[]> {
    requireByteMapping(plan);
    const wanted = columns.filter((column) => column !== ROW_KEY).map(columnBytes);
    const toFound = rowReader(columns);
    let rows: FoundRow<Row>[] = [];
    for await (const row of scanRows(this.#table(plan.table.name), rowRange(plan), wanted, signal)) {
      rows.push(toFound(row));
      if (rows.length < ROWS_AT_A_TIME) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }

  async find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<readonly (FoundRow<Row> | undefined)[]> {
    requireByteMapping(plan);
    const rowKeys = keys.map(keyOf);
    const rows = await findRows(this.#table(plan.table.name), rowKeys);
    const toFound = rowReader(columns);
    return rowKeys.map((key) => {
      const row = rows.get(key);
      return row && toFound(row);
    });
  }

  restOf(plan: ServerPlan, { own }: FoundRow<Row>): ReadonlyMap<string, Cell> {
    const cells = Array.from(own?.cells ?? [], ([column, cell]) => [columnName(column), cell] as const);
    return new Map(cells.filter(([column]) => !plan.isMapped(column)));
  }

  refusalOf(_plan: ServerPlan, column: string, cell: Cell): string | undefined {
    if (column !== ROW_KEY) {
      if (cell === null) return undefined;
      if (!(cell instanceof Uint8Array)) return "HBase's cells are bytes, and this is none";
      return cell.length > MAX_CELL_BYTES
        ? `it has ${cell.length} bytes, and HBase's cells take 10 MB with what is beside them`
        : undefined;
    }
    if (!(cell instanceof Uint8Array)) return "HBase's row keys are bytes, and this is none";
    if (cell.length === 0) return "HBase has no empty row keys";
    return cell.length > MAX_ROW_KEY_BYTES
      ? `it has ${cell.length} bytes, and HBase's row keys ${MAX_ROW_KEY_BYTES} at most`
      : undefined;
  }

  change(plan: ServerPlan, change: RowChange<Row>): Promise<ChangeResult> {
    return changeRow(this.#table(plan.table.name), plan, change);
  }

  #table(name: string): ForeignTable {
    return new ForeignTable(this.#client, name);
  }
}

function* columnsOf({ columns: { key, fields, version }, scope }: TableMapping): Generator<string> {
  for (const { column } of [...key, ...fields]) yield column;
  if (version !== undefined) yield version.column;
  if (scope !== undefined) for (const { column } of conditionsOf(scope)) yield column;
}

/** @param columns Their names. */
function rowReader(columns: readonly string[]): (row: Row) => FoundRow<Row> {
  const wanted = columns.map((column) => (column === ROW_KEY ? undefined : columnBytes(column)));
  return (row) => ({
    cells: wanted.map((column) =>
      column === undefined
        ? Uint8Array.from(Buffer.from(row.key, "latin1"))
        : (row.cells.get(column) ?? null),
    ),
    own: row,
  });
}

const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / (1024 * 1024))} MB`;
