/**
 * Datasets and folders on HDFS as inputs and outputs of jobs.
 *
 * The input of a job is what a dataset holds when the run begins: its records as lines of JSON, without tombstones and older
 * versions, in a folder of the run's own that is deleted afterwards. A table (a folder in `tablesFolder`) is read where it is.
 *
 * An output is a table:
 *
 *     TABLE/_runs/RUN/          what a run writes
 *     TABLE/_commits/N.json     sealed: the run whose output counts as of this commit, with its files
 *     TABLE/_writing.json       who writes now
 *
 * A commit is a rename to the next number, which overwrites nothing: readers take the newest, and see all of one run.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import * as v from "valibot";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { stateAt } from "../../../core/batch/entry-batch-access.ts";
import type { DatasetOutputConfig } from "../../config/jobs-schema.ts";
import { writeInputManifest } from "../../jobs/input-manifest.ts";
import type {
  CommittedOutput,
  OutputClaim,
  OutputRules,
  PreparedInput,
  StoredRun,
} from "../../jobs/job-storage.ts";
import {
  checkedFiles,
  type FoundFile,
  isData,
  summaryOf,
  type WrittenOutput,
} from "../../jobs/output-rules.ts";
import { type TransformedRecord, transformRecords } from "../../jobs/transform/transform.ts";
import { BackendError } from "../backend-error.ts";
import type { DatasetInput, DatasetPlace, DatasetStorage } from "../registry.ts";
import { findSnapshot } from "./dataset/collections.ts";
import type { Dataset, Snapshot } from "./dataset/dataset.ts";
import { mergedStoredRows } from "./dataset/merged-stored-rows.ts";
import { removeQuietly, upload, uploadStream } from "./dataset/upload.ts";
import { requireFit } from "./require-fit.ts";
import { sealJson } from "./sealed-json.ts";
import {
  COMMITS,
  commitNumbers,
  commitPath,
  newestCommit,
  readCommit,
  runPath,
  runsOf,
  type TableCommit,
} from "./table-commits.ts";
import type { WebHdfs } from "./webhdfs/webhdfs.ts";

/** Committed runs that are kept, the one in use among them: who reads the one before goes on. */
const KEPT_RUNS = 3;
const MAX_TRIES = 20;

export interface JobStorageSettings {
  readonly fs: WebHdfs;
  /** Where Hadoop's own programs find the file system: hdfs://namenode:8020. */
  readonly uri: string;
  readonly tablesFolder: string | undefined;
  /** Of the datasets. */
  readonly folder: string;
  /** Modules of transforms are named from there. */
  readonly configFolder: string;
  readonly datasetOf: (collection: string) => Dataset;
}

export class HdfsJobStorage implements DatasetStorage {
  readonly #settings: JobStorageSettings;

  constructor(settings: JobStorageSettings) {
    this.#settings = settings;
  }

  async claim(run: StoredRun, output: DatasetPlace): Promise<OutputClaim> {
    const { fs } = this.#settings;
    const path = this.#claimOf(output);
    const mine = Buffer.from(JSON.stringify({ run: run.runId, job: run.job, on: hostname() }));
    const isMine = await fs.create(path, { chunks: [mine], bytes: mine.length }).then(
      () => true,
      async (error: unknown) => {
        if ((await fs.status(path)) === undefined) throw error;
        return false;
      },
    );
    if (isMine) return { release: () => this.#release(run, output) };
    const found = await this.#claimant(output);
    throw new BackendError(
      "output-busy",
      `${fs.where}: run ${found?.run ?? "?"} of the job "${found?.job ?? "?"}" on ${found?.on ?? "another machine"} writes ${this.describe(output)} now: wait for its end. Where that machine is gone for good, delete ${path}.`,
    );
  }

  async prepareInput(run: StoredRun, input: DatasetInput): Promise<PreparedInput> {
    const snapshot = await findSnapshot(this.#settings.datasetOf(input.collection), input.collection);
    if (snapshot !== undefined) return this.#export(run, input, snapshot);
    const { uri, files } = await this.#table(input);
    return { inputUri: uri, manifestUri: await writeInputManifest(run, uri, files) };
  }

  async freshOutput(
    run: StoredRun,
    output: DatasetPlace,
    { make }: { readonly make: boolean },
  ): Promise<{ readonly outputUri: string }> {
    const place = this.#placeOf(run, output);
    await this.#settings.fs.makeFolder(make ? place : runsOf(this.describe(output)));
    return { outputUri: this.#settings.uri + place };
  }

  async commit(run: StoredRun, output: DatasetOutputConfig, rules: OutputRules): Promise<CommittedOutput> {
    const { fs, folder } = this.#settings;
    const files = await checkedFiles(await this.#writtenTo(this.#placeOf(run, output)), rules);
    const table = this.describe(output);
    if (output.mapping !== undefined && files.some(({ bytes }) => bytes > 0)) {
      await requireFit({ fs, runs: runsOf(table), run: run.runId, ownFolder: folder }, output.mapping);
    }
    await fs.makeFolder(`${table}/${COMMITS}`);
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const n = ((await commitNumbers(fs, table)).at(-1) ?? 0) + 1;
      const staged = `${table}/${COMMITS}/_${run.runId}.${n}`;
      const commit: TableCommit = { n, run: run.runId, files };
      await upload(fs, staged, [sealJson({ ...commit, job: run.job })]);
      if ((await fs.rename(staged, commitPath(table, n))) === "renamed") {
        // What is not deleted now is deleted by the next commit.
        await this.#deleteOlder(table, n).catch(() => {});
        return summaryOf(files);
      }
      await removeQuietly(fs, [staged]);
    }
    throw new BackendError("job-failed", `${fs.where}: others commit to ${table} all the time.`);
  }

  async discard(run: StoredRun, output: DatasetPlace): Promise<void> {
    if ((await this.#committedBy(run, output)) === undefined) {
      await this.#settings.fs.remove(this.#placeOf(run, output));
    }
  }

  async recover(run: StoredRun, output: DatasetPlace): Promise<CommittedOutput | undefined> {
    const committed = await this.#committedBy(run, output);
    if (committed === undefined) await this.discard(run, output);
    await this.#settings.fs.remove(this.#exportOf(run));
    await this.#release(run, output);
    return committed && summaryOf(committed.files);
  }

  describe({ collection }: DatasetPlace): string {
    const { tablesFolder, fs } = this.#settings;
    if (tablesFolder !== undefined) return `${tablesFolder}/${collection}`;
    throw new BackendError(
      "unsupported",
      `${fs.where} has no "tablesFolder" in the bridge's config file, which says where the outputs of jobs lie: name one.`,
    );
  }

  async #release(run: StoredRun, output: DatasetPlace): Promise<void> {
    const claimant = await this.#claimant(output);
    if (claimant?.run === run.runId) await this.#settings.fs.remove(this.#claimOf(output));
  }

  async #claimant(
    output: DatasetPlace,
  ): Promise<{ readonly run: string; readonly job: string; readonly on: string } | undefined> {
    const bytes = await this.#content(this.#claimOf(output));
    const schema = v.object({ run: v.string(), job: v.string(), on: v.string() });
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes?.toString() ?? "");
    return parsed.success ? parsed.output : undefined;
  }

  async #export(run: StoredRun, input: DatasetInput, snapshot: Snapshot): Promise<PreparedInput> {
    const { fs, uri, configFolder } = this.#settings;
    if (snapshot.manifest.records === 0) {
      throw new BackendError(
        "job-failed",
        `The dataset ${JSON.stringify(input.collection)} has no records: nothing was run. Push some, or name another input.`,
      );
    }
    const { transform } = input;
    const module = transform?.module === undefined ? undefined : resolve(configFolder, transform.module);
    const place = this.#exportOf(run);
    const release = (): Promise<void> => fs.remove(place);
    try {
      const lines = transformRecords(recordsOf(snapshot), transform, module);
      const { length } = await uploadStream(fs, `${place}/part-00000.json`, lines);
      const files = [{ name: "part-00000.json", bytes: length }];
      return {
        inputUri: uri + place,
        manifestUri: await writeInputManifest(run, uri + place, files),
        release,
      };
    } catch (error) {
      await release().catch(() => {});
      throw error;
    }
  }

  /** Where a table's files are now. */
  async #table(input: DatasetInput): Promise<{ readonly uri: string; readonly files: readonly FoundFile[] }> {
    const { fs, uri, tablesFolder } = this.#settings;
    const folder = tablesFolder === undefined ? undefined : this.describe(input);
    if (folder === undefined || (await fs.status(folder)) === undefined) {
      throw new BackendError(
        "job-failed",
        `${fs.where} has neither a dataset nor a table ${JSON.stringify(input.collection)}: check the input in the config file.`,
      );
    }
    const commit = await newestCommit(fs, folder);
    if (commit !== undefined) return { uri: uri + runPath(folder, commit.run), files: commit.files };
    return { uri: uri + folder, files: await this.#filesIn(folder) };
  }

  async #writtenTo(place: string): Promise<WrittenOutput> {
    const { fs } = this.#settings;
    const found = await fs.status(place);
    return {
      is: found === undefined ? "nothing" : found.type === "FILE" ? "file" : "folder",
      hasFile: async (name) => (await fs.status(`${place}/${name}`)) !== undefined,
      files: () => this.#filesIn(place),
    };
  }

  /** Data files, in the order of their names. */
  async #filesIn(folder: string, within = ""): Promise<FoundFile[]> {
    const files: FoundFile[] = [];
    for (const { pathSuffix, type, length } of (await this.#settings.fs.list(folder)) ?? []) {
      if (!isData(pathSuffix)) continue;
      const name = within + pathSuffix;
      if (type === "DIRECTORY") files.push(...(await this.#filesIn(`${folder}/${pathSuffix}`, `${name}/`)));
      else files.push({ name, bytes: length });
    }
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #committedBy({ runId }: StoredRun, output: DatasetPlace): Promise<TableCommit | undefined> {
    const { fs } = this.#settings;
    const table = this.describe(output);
    for (const n of (await commitNumbers(fs, table)).reverse()) {
      const commit = await readCommit(fs, table, n);
      if (commit.run === runId) return commit;
    }
    return undefined;
  }

  async #deleteOlder(table: string, n: number): Promise<void> {
    const { fs } = this.#settings;
    for (const older of await commitNumbers(fs, table)) {
      if (older > n - KEPT_RUNS) continue;
      const { run } = await readCommit(fs, table, older);
      await fs.remove(commitPath(table, older));
      await fs.remove(runPath(table, run));
    }
  }

  async #content(path: string): Promise<Buffer | undefined> {
    const { fs } = this.#settings;
    const status = await fs.status(path);
    return status && fs.read(path, { offset: 0, length: status.length });
  }

  #placeOf({ runId }: StoredRun, output: DatasetPlace): string {
    return runPath(this.describe(output), runId);
  }

  #claimOf(output: DatasetPlace): string {
    return `${this.describe(output)}/_writing.json`;
  }

  #exportOf({ runId }: StoredRun): string {
    return `${this.#settings.folder}/_exports/${runId}`;
  }
}

/** What is there, tombstones left out. */
async function* recordsOf({ segments }: Snapshot): AsyncGenerator<TransformedRecord> {
  for await (const { entries, row, stored } of mergedStoredRows(segments)) {
    if (stateAt(entries, row) !== EntryState.present) continue;
    const { key, body } = stored.row;
    if (body !== undefined) yield { key, body: Buffer.from(body).toString("utf8") };
  }
}
