/** HDFS as a backend, over WebHDFS: datasets of our own in document mode, and somebody's folders of files. */
import { LRUCache } from "lru-cache";
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import type { Finding } from "../../../core/protocol/frames.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendTables,
  type Compaction,
  defaultCapabilities,
  type RemoteBackend,
  type StoredFiles,
} from "../backend.ts";
import { DocumentCollection, type DocumentServer } from "../shared/document-collection.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { unknownCollection } from "../shared/stored-meta.ts";
import { ServerTables } from "../shared/tables/server-tables.ts";
import { checkHdfs } from "./check-hdfs.ts";
import { changedRows } from "./dataset/changes.ts";
import { findSnapshot, initCollection } from "./dataset/collections.ts";
import { compact } from "./dataset/compact.ts";
import { Dataset, type Snapshot } from "./dataset/dataset.ts";
import { folderOf } from "./dataset/dataset-paths.ts";
import { DatasetWriter } from "./dataset/dataset-writer.ts";
import { findHeads, findRecords } from "./dataset/find-rows.ts";
import { Housekeeping } from "./dataset/housekeeping.ts";
import type { SegmentFormat } from "./dataset/manifest.ts";
import { scanSnapshot } from "./dataset/scan-snapshot.ts";
import type { SegmentCache } from "./dataset/segment-reader.ts";
import { FolderTables } from "./folders/folder-tables.ts";
import { WebHdfs, type WebHdfsSettings } from "./webhdfs/webhdfs.ts";

export interface HdfsSettings extends WebHdfsSettings {
  /** Absolute; a folder in it for each collection. */
  readonly folder: string;
  /** Of the segments that are written; absent = ndjson. */
  readonly format?: SegmentFormat;
  /** Absolute, and apart from `folder`; each folder in it is a table. */
  readonly tablesFolder?: string | undefined;
  /** Names of tables that may be written; "*" = all. Absent = none. */
  readonly ours?: readonly string[] | undefined;
  /** Tables of more bytes need a scope of their partitions. */
  readonly largeBytes?: number;
}

/** A commit takes a tenth of a second whatever is in it, and what waits meanwhile goes into the next one. */
const PARTS_AT_ONCE = 8;

export const hdfsCapabilities: BackendCapabilities = { ...defaultCapabilities, partsAtOnce: PARTS_AT_ONCE };

const OTHER_READERS =
  "Programs that read the folder in the moment of a push can miss records of the files that are written anew; bridges wait.";

/** Of blocks that were read, for all datasets together. */
const CACHE_BYTES = 64 * 1024 * 1024;

const LISTED_AT_A_TIME = 8;

/** A dataset that this bridge has looked at. */
interface OpenDataset {
  readonly dataset: Dataset;
  readonly writer: DatasetWriter;
  readonly housekeeping: Housekeeping;
}

/** A dataset as a call found it. */
interface RecordsOf {
  readonly snapshot: Snapshot;
  readonly writer: DatasetWriter;
}

export class HdfsBackend implements RemoteBackend {
  readonly capabilities = hdfsCapabilities;
  readonly tables?: BackendTables;
  readonly #settings: HdfsSettings;
  readonly #fs: WebHdfs;
  readonly #cache: SegmentCache = new LRUCache({ maxSize: CACHE_BYTES });
  readonly #open = new Map<string, OpenDataset>();

  /** Asks nothing before it is first asked for something. */
  constructor(settings: HdfsSettings) {
    this.#settings = settings;
    this.#fs = new WebHdfs(settings);
    const { folder: ownFolder, tablesFolder, ours, largeBytes } = settings;
    if (tablesFolder !== undefined) {
      const folders = new FolderTables(this.#fs, { tablesFolder, ownFolder, ours, largeBytes });
      this.tables = new ServerTables(folders, {
        partsAtOnce: PARTS_AT_ONCE,
        ...(ours === undefined ? {} : { caution: OTHER_READERS }),
      });
    }
  }

  async collections(): Promise<{ name: string; count: number }[]> {
    const folders = (await this.#fs.list(this.#settings.folder)) ?? [];
    const found = await inParallel(
      folders.filter(({ type }) => type === "DIRECTORY"),
      LISTED_AT_A_TIME,
      ({ pathSuffix }) => this.#datasetIn(`${this.#settings.folder}/${pathSuffix}`).dataset.latest(),
    );
    return found
      .filter((snapshot) => snapshot !== undefined)
      .map(({ manifest }) => ({ name: manifest.collection.name, count: manifest.records }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  collection(name: string): BackendCollection {
    return new DocumentCollection(this.#documents(), name);
  }

  check(): Promise<readonly Finding[]> {
    const { folder, tablesFolder, ours = [] } = this.#settings;
    return checkHdfs({ fs: this.#fs, folder, tablesFolder, ours });
  }

  async compact(collection: string): Promise<Compaction> {
    const { dataset } = this.#datasetIn(folderOf(this.#settings.folder, collection));
    const before = await findSnapshot(dataset, collection);
    if (before === undefined) throw unknownCollection(collection);
    await compact(dataset, "all");
    const after = (await dataset.latest()) ?? before;
    return { before: storedFiles(before), after: storedFiles(after) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ housekeeping }) => housekeeping.close()));
    this.#fs.close();
  }

  #documents(): DocumentServer<RecordsOf> {
    const opened = (name: string): OpenDataset => this.#datasetIn(folderOf(this.#settings.folder, name));
    return {
      product: "HDFS",
      async find(name) {
        const { dataset, writer } = opened(name);
        const snapshot = await findSnapshot(dataset, name);
        return snapshot && { meta: snapshot.meta, records: { snapshot, writer } };
      },
      init: (name, init) => initCollection(opened(name).dataset, name, init),
      scan: ({ snapshot }, range, limit, signal): AsyncIterable<EntryBatch> =>
        scanSnapshot(snapshot, range, limit, signal),
      findHeads: ({ snapshot }, keys) => findHeads(snapshot, keys),
      findRecords: ({ snapshot }, keys) => findRecords(snapshot, keys),
      write: ({ writer }, operations, by) => writer.write(operations, by),
      changes: ({ snapshot }, since, signal) => changedRows(snapshot, since, signal),
    };
  }

  #datasetIn(folder: string): OpenDataset {
    let open = this.#open.get(folder);
    if (open === undefined) {
      const dataset = new Dataset(this.#fs, folder, this.#cache, this.#settings.format);
      const housekeeping = new Housekeeping(dataset);
      open = { dataset, housekeeping, writer: new DatasetWriter(dataset, () => housekeeping.soon()) };
      this.#open.set(folder, open);
    }
    return open;
  }
}

const storedFiles = ({ manifest: { segments } }: Snapshot): StoredFiles => ({
  segments: segments.length,
  bytes: segments.reduce((sum, { bytes, heads }) => sum + bytes + heads.bytes, 0),
  formats: [...new Set(segments.map(({ format = "ndjson" }) => format))].sort(),
});
