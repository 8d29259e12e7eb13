/**
 * Somebody's folders on HDFS as tables: each folder in one that the connection names, with files that a job wrote.
 *
 * They are read and never written, since files have no rows that could be changed one by one. A folder has no key of its
 * own: the mapping names one, and what several rows have as their key is told as such.
 */

import type { Cell } from "../../../../core/mapping/cell.ts";
import { conditionsOf } from "../../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { isData } from "../../../jobs/output-rules.ts";
import type { BackendTables, ExaminedMapping } from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, FoundRow, TableServer } from "../../shared/tables/table-server.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { type DataFile, type FolderState, readFolder, requireUnchanged } from "./data-files.ts";
import { describeNamed, describeSample } from "./describe-folder.ts";
import { rowsOf } from "./file-rows.ts";
import { countRows, type FolderFacts, factsOf, sampleOf } from "./folder-facts.ts";
import { mayHoldRows, narrowsBy } from "./partitions.ts";
import { cellsOfPartition, rowReader } from "./row-reader.ts";
import { RowsByKey } from "./rows-by-key.ts";

export interface FolderTablesSettings {
  /** Whose folders are the tables. */
  readonly tablesFolder: string;
  /** Of our own collections. */
  readonly ownFolder: string;
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

export class FolderTables implements TableServer {
  readonly product = "HDFS";
  readonly changesAtATime = 1;
  readonly nextVersion = nextVersion;
  readonly #fs: WebHdfs;
  readonly #root: string;
  readonly #own: string;
  readonly #largeBytes: number;
  readonly #facts = new Map<string, { readonly signature: string; readonly facts: FolderFacts }>();
  readonly #rowsByKey = new RowsByKey();

  constructor(fs: WebHdfs, { tablesFolder, ownFolder, largeBytes = LARGE_BYTES }: FolderTablesSettings) {
    this.#fs = fs;
    this.#root = tablesFolder;
    this.#own = ownFolder;
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
    if (mapping !== undefined) return describeNamed(name, facts, state, columnsOf(mapping));
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
    return { reads: `${count}${kind}, ${inMegabytes(bytes)}${left}`, readOnly: READ_ONLY };
  }

  /** Complete where every file was read to the end that its listing told, and the folder is as it was. */
  async *scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly FoundRow[]> {
    const opened = await this.#open(plan.table.name);
    yield* this.#rows(plan, opened, filesFor(plan, opened.state), columns, signal);
  }

  /** Rows beyond the scope too, unless the folder is too large for that. */
  async find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<readonly (FoundRow | undefined)[]> {
    if (keys.length === 0) return [];
    const opened = await this.#open(plan.table.name);
    const isLarge = sizeOf(opened.state.files) > this.#largeBytes;
    const files = isLarge ? filesFor(plan, opened.state) : opened.state.files;
    const read = (): AsyncIterable<readonly FoundRow[]> => this.#rows(plan, opened, files, columns);
    const { state, facts } = opened;
    return this.#rowsByKey.find({ plan, state, columns, bytes: unpackedSizeOf(files, facts), read }, keys);
  }

  refusalOf(): undefined {
    return undefined;
  }

  async change(): Promise<ChangeResult> {
    return { is: "rejected", code: "read-only", reason: READ_ONLY };
  }

  /** @throws ProtocolError "incomplete" where somebody wrote meanwhile */
  async *#rows(
    plan: ServerPlan,
    { state, facts: { format } }: OpenFolder,
    files: readonly DataFile[],
    columns: readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<readonly FoundRow[]> {
    if (format !== undefined) {
      const cellsOf = rowReader(plan, columns);
      for await (const { file, rows } of rowsOf(this.#fs, format, files, columns, signal)) {
        yield rows.map((row) => ({ cells: cellsOf(file, row) }));
      }
    }
    await requireUnchanged(this.#fs, state);
  }

  /** @throws BackendError "unknown-table" */
  async #open(name: string): Promise<OpenFolder> {
    requireApart(this.#root, this.#own);
    const state = isTableName(name) ? await readFolder(this.#fs, this.#pathOf(name)) : undefined;
    if (state === undefined) {
      throw new BackendError(
        "unknown-table",
        `There is no folder ${JSON.stringify(name)} in ${this.#root} (any more).`,
      );
    }
    const known = this.#facts.get(name);
    if (known?.signature === state.signature) return { state, facts: known.facts };
    const facts = await factsOf(this.#fs, state);
    if (this.#facts.size >= KEPT_FACTS) this.#facts.clear();
    this.#facts.set(name, { signature: state.signature, facts });
    return { state, facts };
  }

  #pathOf(name: string): string {
    return `${this.#root}/${name}`;
  }
}

const READ_ONLY =
  "Files that somebody's job writes cannot be changed record by record: this folder is compared and pulled from. To push, map a collection or a table.";

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
