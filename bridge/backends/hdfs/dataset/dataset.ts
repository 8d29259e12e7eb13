/** A dataset: a folder whose newest manifest says what it is. */
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { CollectionMeta } from "../../../../core/session/ports.ts";
import { type FileStatus, stampOf, type WebHdfs } from "../webhdfs/webhdfs.ts";
import { manifestName, manifestNumber, manifestPath, manifestsOf } from "./dataset-paths.ts";
import { decodeManifest, type Manifest, metaOf, type SegmentFormat } from "./manifest.ts";
import { type SegmentCache, SegmentReader } from "./segment-reader.ts";

/** Of manifests that are pruned while they are looked for. */
const MAX_TRIES = 5;

/** A dataset as one manifest says that it is. */
export interface Snapshot {
  readonly dataset: Dataset;
  readonly manifest: Manifest;
  readonly file: FileStatus;
  readonly meta: CollectionMeta;
  /** Oldest first. */
  readonly segments: readonly SegmentReader[];
}

export class Dataset {
  readonly fs: WebHdfs;
  readonly folder: string;
  /** Of the segments that are written; those that are there may have another one. */
  readonly format: SegmentFormat;
  readonly #cache: SegmentCache;
  #newest: Snapshot | undefined;

  constructor(fs: WebHdfs, folder: string, cache: SegmentCache, format: SegmentFormat = "ndjson") {
    this.fs = fs;
    this.folder = folder;
    this.format = format;
    this.#cache = cache;
  }

  /** As it was last seen. */
  get known(): Snapshot | undefined {
    return this.#newest;
  }

  /** As it is now; undefined where there is no dataset. @throws ProtocolError "corrupt", "newer-format" */
  async latest(): Promise<Snapshot | undefined> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const file = await this.#newestFile();
      if (file === undefined) return undefined;
      const known = this.#newest;
      if (known !== undefined && stampOf(known.file) === stampOf(file)) return known;
      const manifest = await this.#read(file);
      if (manifest !== undefined) return this.adopt(manifest, file);
    }
    throw new ProtocolError(
      "incomplete",
      `${this.fs.where}: the manifests of ${this.folder} change all the time: try again.`,
    );
  }

  /** Undefined when there is none of this number. @throws ProtocolError "corrupt", "newer-format" */
  async manifest(n: number): Promise<Manifest | undefined> {
    const file = await this.fs.status(manifestPath(this.folder, n));
    return file && this.#read({ ...file, pathSuffix: manifestName(n) });
  }

  /** Takes it for the newest one. */
  adopt(manifest: Manifest, file: FileStatus): Snapshot {
    const held = new Map(this.#newest?.segments.map((segment) => [segment.entry.name, segment]));
    const segments = manifest.segments.map(
      (entry) => held.get(entry.name) ?? new SegmentReader(this.fs, this.folder, entry, this.#cache),
    );
    this.#newest = { dataset: this, manifest, file, meta: metaOf(manifest), segments };
    return this.#newest;
  }

  /** All manifests that are kept, oldest first. */
  async manifestFiles(): Promise<FileStatus[]> {
    return (await this.#filesBehind("")) ?? [];
  }

  async #newestFile(): Promise<FileStatus | undefined> {
    const known = this.#newest;
    if (known !== undefined) {
      const files = await this.#filesBehind(manifestName(known.manifest.n - 1));
      const [first] = files ?? [];
      if (first !== undefined && stampOf(first) === stampOf(known.file)) return files?.at(-1);
      // It was put back or made anew: what is known says nothing.
      this.#newest = undefined;
    }
    return (await this.manifestFiles()).at(-1);
  }

  /** Undefined where there is no such folder. */
  async #filesBehind(name: string): Promise<FileStatus[] | undefined> {
    const files: FileStatus[] = [];
    for (let after = name; ; ) {
      const page = await this.fs.listAfter(manifestsOf(this.folder), after);
      if (page === undefined) return undefined;
      files.push(...page.files.filter(({ pathSuffix }) => manifestNumber(pathSuffix) !== undefined));
      if (page.remaining === 0) return files;
      after = page.files.at(-1)?.pathSuffix ?? "";
    }
  }

  async #read({ pathSuffix, length }: FileStatus): Promise<Manifest | undefined> {
    const path = `${manifestsOf(this.folder)}/${pathSuffix}`;
    const bytes = await this.fs.read(path, { offset: 0, length });
    return bytes && decodeManifest(path, bytes);
  }
}
