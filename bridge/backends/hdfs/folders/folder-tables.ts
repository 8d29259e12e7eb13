/**
 * Somebody's folders on HDFS as tables: each folder in one that the connection names, with files that a job wrote.
 *
 * They are read and, unless the connection declares one ours, never written, since files have no rows that could be changed one
 * by one. A folder has no key of its own: the mapping names one, and what several rows have as their key is told as such.
 */

import { setTimeout as wait } from "node:timers/promises";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import { conditionsOf } from "../../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { isData } from "../../../jobs/output-rules.ts";
import type { BackendTables, ExaminedMapping } from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, RowChange, TableServer } from "../../shared/tables/table-server.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { type FolderState, readFolder, requireUnchanged } from "./data-files.ts";
import { describeNamed, describeSample } from "./describe-folder.ts";
import { rowsOf } from "./file-rows.ts";
import { countRows, type FolderFacts, factsOf, sampleOf } from "./folder-facts.ts";
import { mayHoldRows, narrowsBy } from "./partitions.ts";
import type { DataFile } from "./plain-files.ts";
import { cellsOfPartition, conversionsOf, rowReader } from "./row-reader.ts";
import { RowsByKey } from "./rows-by-key.ts";
import { cellInFile, unwritableReason } from "./writing/cell-in-file.ts";
import { FolderWriter, isChanging } from "./writing/folder-writer.ts";
import { refusalByPartition } from "./writing/partition-of-row.ts";
import { type OwnRow, type RowInFile, restOfRow } from "./writing/rest-of-row.ts";

export interface FolderTablesSettings {
  /** Whose folders are the tables. */
  readonly tablesFolder: string;
  /** Of our own collections. */
  readonly ownFolder: string;
  /** Names of the tables that may be written; "*" = all. */
  readonly ours?: readonly string[] | undefined;
  /** Files of more bytes are read with a scope of partitions only. */
  readonly largeBytes?: number | undefined;
}

const LARGE_BYTES = 2 * 1024 * 1024 * 1024;

/** How much smaller Parquet and gzip usually make what they hold. */
const PACKED_TIMES = 6;

/** Folders of which is kept what they are like. */
const KEPT_FACTS = 50;

interface OpenFolder {
  readonly state: FolderState;
  readonly facts: FolderFacts;
}

export class FolderTables implements TableServer<RowInFile> {
  readonly product = "HDFS";
  /** They wait for one another, and go into one commit. */
  readonly changesAtATime = 10_000;
  readonly #fs: WebHdfs;
  readonly #root: string;
  readonly #own: string;
  readonly #largeBytes: number;
  readonly #ours: ReadonlySet<string>;
  /** As they were when they were last looked at. */
  readonly #known = new Map<string, OpenFolder>();
  readonly #rowsByKey = new RowsByKey();
  readonly #writers = new Map<string, FolderWriter>();

  constructor(
    fs: WebHdfs,
    { tablesFolder, ownFolder, ours = [], largeBytes = LARGE_BYTES }: FolderTablesSettings,
  ) {
    this.#fs = fs;
    this.#root = tablesFolder;
    this.#own = ownFolder;
    this.#ours = new Set(ours);
    this.#largeBytes = largeBytes;
  }

  async list(): ReturnType<BackendTables["list"]> {
    requireApart(this.#root, this.#own);
    const entries = (await this.#fs.list(this.#root)) ?? [];
    return entries
      .filter(({ type, pathSuffix }) => type === "DIRECTORY" && isData(pathSuffix))
      .map(({ pathSuffix }) => ({ name: pathSuffix, isView: false }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async describe(name: string, mapping?: TableMapping): Promise<TableDescription> {
    const { state, facts } = await this.#open(name);
    if (mapping !== undefined) {
      const described = describeNamed(name, facts, state, columnsOf(mapping));
      // Which one it is, the mapping says, and a write makes sure of it: it takes one row of a key, or none for a new one.
      const primaryKey = mapping.columns.key.map(({ column }) => column);
      return this.#isOurs(name) ? { ...described, primaryKey } : described;
    }
    const sample = await sampleOf(this.#fs, state, facts);
    return describeSample(name, facts, sample, await countRows(this.#fs, state, facts));
  }

  /** Jobs delete their folder and make it anew: it is the same table, where it lies in the same place. */
  async identity(name: string): Promise<string> {
    await this.#open(name);
    return `${this.#fs.where}, ${this.#pathOf(name)}`;
  }

  async examine(plan: ServerPlan): Promise<ExaminedMapping> {
    const { state, facts } = await this.#open(plan.table.name);
    const { scope } = plan.mapping;
    const files = filesFor(plan, state);
    const bytes = sizeOf(files);
    if (bytes > this.#largeBytes && !narrowsBy(scope, state.partitionColumns)) {
      const step =
        state.partitionColumns.length === 0
          ? "Let the job write it in partitions (folders named column=value), or write what is needed of it into another folder."
          : `Give it a scope of a column that its partitions are made of (${state.partitionColumns.join(", ")}).`;
      throw new BackendError(
        "mapping-mismatch",
        `The folder ${JSON.stringify(plan.table.name)} is large (${inMegabytes(bytes)}), and this mapping would read all of it. ${step}`,
      );
    }
    const kind = facts.format === undefined ? "" : ` of ${facts.format.name}`;
    const count = files.length === 1 ? "one file" : `${files.length} files`;
    const left = files.length === state.files.length ? "" : `, of ${state.files.length}`;
    const readOnly = this.#readOnlyReason(plan, state, facts);
    return {
      reads: `${count}${kind}, ${inMegabytes(bytes)}${left}`,
      ...(readOnly === undefined ? {} : { readOnly }),
    };
  }

  /** Complete where every file was read to the end that its listing told, and the folder is as it was. */
  async *scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly OwnRow[]> {
    const open = async (): Promise<AsyncIterable<readonly OwnRow[]>> => {
      const opened = await this.#open(plan.table.name);
      return this.#rows(plan, opened, filesFor(plan, opened.state), columns, signal);
    };
    if (!this.#isOurs(plan.table.name)) return yield* await open();
    const { state, facts } = await this.#open(plan.table.name);
    if (unpackedSizeOf(state.files, facts) > RETRIED_BYTES) return yield* await open();
    yield* await whileChanging(async () => {
      const all: (readonly OwnRow[])[] = [];
      for await (const some of await open()) all.push(some);
      return all;
    });
  }

  /** Rows beyond the scope too, unless the folder is too large for that. */
  async find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<readonly (OwnRow | undefined)[]> {
    if (keys.length === 0) return [];
    const { name } = plan.table;
    const find = async (): Promise<readonly (OwnRow | undefined)[]> => {
      const opened = await this.#open(name);
      const files = this.#filesOf(plan, opened.state);
      const read = (): AsyncIterable<readonly OwnRow[]> => this.#rows(plan, opened, files, columns);
      const { state, facts } = opened;
      return this.#rowsByKey.find({ plan, state, columns, bytes: unpackedSizeOf(files, facts), read }, keys);
    };
    return this.#isOurs(name) ? whileChanging(find) : find();
  }

  refusalOf(plan: ServerPlan, column: string, cell: Cell): string | undefined {
    const known = this.#isOurs(plan.table.name) ? this.#known.get(plan.table.name) : undefined;
    if (known === undefined || known.state.partitionColumns.includes(column)) return undefined;
    const written = cellInFile(known.facts, column, cell, conversionsOf(plan).get(column));
    return written instanceof NotRepresentable ? written.reason : undefined;
  }

  refusalOfChange(plan: ServerPlan, change: RowChange): string | undefined {
    const files = this.#known.get(plan.table.name)?.state.files;
    return files && refusalByPartition(plan, files, change);
  }

  restOf(plan: ServerPlan, row: OwnRow): ReadonlyMap<string, Cell | NotRepresentable> {
    return restOfRow(plan, row);
  }

  /** Of CSV, where all is text, too. */
  nextVersion(moves: "increment" | "uuid", before: Cell): Cell | NotRepresentable {
    const isDigits = moves === "increment" && typeof before === "string" && /^\d+$/.test(before);
    return isDigits ? String(BigInt(before) + 1n) : nextVersion(moves, before);
  }

  /** Begins to wait at once: those of one call go into one commit. */
  change(plan: ServerPlan, change: RowChange): Promise<ChangeResult> {
    return this.#writerOf(plan.table.name).change(plan, change);
  }

  #writerOf(name: string): FolderWriter {
    let writer = this.#writers.get(name);
    if (writer === undefined) {
      writer = new FolderWriter(this.#fs, async () => {
        const { state, facts } = await this.#open(name);
        return {
          state,
          facts,
          readOnlyReason: (plan) => this.#readOnlyReason(plan, state, facts),
          files: (plan) => this.#filesOf(plan, state),
        };
      });
      this.#writers.set(name, writer);
    }
    return writer;
  }

  #isOurs(name: string): boolean {
    return this.#ours.has(name) || this.#ours.has("*");
  }

  /** Undefined where it can be written. */
  #readOnlyReason(plan: ServerPlan, { isCommitted }: FolderState, facts: FolderFacts): string | undefined {
    const { name } = plan.table;
    if (!this.#isOurs(name)) return readOnly(name);
    if (isCommitted) {
      return "A job of the config file writes this table, and its next run would replace what was pushed: it is compared and pulled from.";
    }
    if (plan.version?.moves === "clock") {
      return "HDFS gives rows no times: name a version column that counts, or none.";
    }
    return unwritableReason(facts);
  }

  /** That are read for lookups and changes. */
  #filesOf(plan: ServerPlan, state: FolderState): readonly DataFile[] {
    return sizeOf(state.files) > this.#largeBytes ? filesFor(plan, state) : state.files;
  }

  /** @throws ProtocolError "incomplete" where somebody wrote meanwhile */
  async *#rows(
    plan: ServerPlan,
    { state, facts: { format } }: OpenFolder,
    files: readonly DataFile[],
    columns: readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<readonly OwnRow[]> {
    const isOurs = this.#isOurs(plan.table.name);
    if (format !== undefined) {
      const cellsOf = rowReader(plan, columns);
      const isJson = format.name === "NDJSON" || format.name === "JSON";
      for await (const { file, rows } of rowsOf(this.#fs, format, files, columns, signal)) {
        yield rows.map((row) => ({
          cells: cellsOf(file, row),
          ...(isOurs ? { own: { file, row, isJson } } : {}),
        }));
      }
    }
    await requireUnchanged(this.#fs, state, isOurs);
  }

  /** @throws BackendError "unknown-table" */
  async #open(name: string): Promise<OpenFolder> {
    requireApart(this.#root, this.#own);
    const state = isTableName(name)
      ? await readFolder(this.#fs, this.#pathOf(name), this.#isOurs(name))
      : undefined;
    if (state === undefined) {
      throw new BackendError(
        "unknown-table",
        `There is no folder ${JSON.stringify(name)} in ${this.#root} (any more).`,
      );
    }
    const known = this.#known.get(name);
    if (known?.state.signature === state.signature) return { state, facts: known.facts };
    const opened = { state, facts: await factsOf(this.#fs, state) };
    if (this.#known.size >= KEPT_FACTS) this.#known.clear();
    this.#known.set(name, opened);
    return opened;
  }

  #pathOf(name: string): string {
    return `${this.#root}/${name}`;
  }
}

const readOnly = (name: string): string =>
  `Files that somebody's job writes cannot be changed record by record: this folder is compared and pulled from. To push, map a collection or a table; or, where nobody else minds that its files are written anew, name it in the config file's connection: "ours": [${JSON.stringify(name)}].`;

/** Of a folder of ours, what is read again when somebody wrote meanwhile; it is in memory. */
const RETRIED_BYTES = 32 * 1024 * 1024;
const MAX_READS = 50;
const PAUSE_MS = 20;

async function whileChanging<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isChanging(error) || attempt === MAX_READS) throw error;
      await wait(Math.random() * PAUSE_MS);
    }
  }
}

/** @throws BackendError "bad-name" where collections of our own would be tables too */
export function requireApart(tablesFolder: string, ownFolder: string): void {
  const [tables, own] = [`${tablesFolder}/`, `${ownFolder}/`];
  if (!tables.startsWith(own) && !own.startsWith(tables)) return;
  throw new BackendError(
    "bad-name",
    `The folder of tables (${tablesFolder}) and the one of collections (${ownFolder}) lie in one another: name others by "tablesFolder" or "folder".`,
  );
}

/** Nothing that leads out of the folder. */
const isTableName = (name: string): boolean => name !== "" && isData(name) && !name.includes("/");

const filesFor = (plan: ServerPlan, { files }: FolderState): DataFile[] =>
  files.filter((file) => mayHoldRows(plan.mapping.scope, cellsOfPartition(plan, file), plan.codec));

const sizeOf = (files: readonly DataFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** About what it comes to in memory. */
function unpackedSizeOf(files: readonly DataFile[], { format }: FolderFacts): number {
  const isPacked = ({ path }: DataFile): boolean => format?.name === "Parquet" || path.endsWith(".gz");
  return files.reduce((sum, file) => sum + file.bytes * (isPacked(file) ? PACKED_TIMES : 1), 0);
}

function* columnsOf({ columns: { key, fields, version }, scope }: TableMapping): Generator<string> {
  for (const { column } of [...key, ...fields]) yield column;
  if (version !== undefined) yield version.column;
  if (scope !== undefined) for (const { column } of conditionsOf(scope)) yield column;
}

const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / (1024 * 1024))} MB`;
