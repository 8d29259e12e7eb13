/** Rows whose scan of all is kept for looking, and what else a collection is. */
import type { CollectionInit, CollectionMeta, ReadOptions } from "../../../core/session/ports.ts";
import type {
  BackendCollection,
  BackendOutcome,
  BackendRecord,
  BackendRows,
  BackendScan,
  BackendWrite,
  EncodedEntries,
  KeptScan,
} from "../backend.ts";
import type { KeptScans } from "./kept-scans.ts";

export class KeptRows<Rows extends BackendRows = BackendRows> implements BackendRows {
  readonly kept: KeptScan;
  readonly predict: BackendRows["predict"];
  protected readonly rows: Rows;
  readonly #scans: KeptScans;
  readonly #name: string;

  /** @param name As KeptScans.of. */
  constructor(rows: Rows, scans: KeptScans, name: string) {
    this.rows = rows;
    this.#scans = scans;
    this.#name = name;
    this.kept = scans.of(name);
    this.predict = rows.predict?.bind(rows);
  }

  scan(range: BackendScan, signal: AbortSignal): AsyncIterable<EncodedEntries> {
    const scan = this.rows.scan(range, signal);
    const { after, lower, upper } = range;
    const isOfAll = after === undefined && lower === undefined && upper === undefined;
    return isOfAll ? this.#scans.keep(this.#name, scan) : scan;
  }

  lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    return this.rows.lookup(keys);
  }

  read(
    keys: readonly Uint8Array[],
    signal: AbortSignal,
    options?: ReadOptions,
  ): AsyncIterable<readonly BackendRecord[]> {
    return this.rows.read(keys, signal, options);
  }

  write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return this.#scans.writing(() => this.rows.write(operations, writer));
  }
}

export class KeptCollection extends KeptRows<BackendCollection> implements BackendCollection {
  meta(): Promise<CollectionMeta | undefined> {
    return this.rows.meta();
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return this.rows.init(init);
  }

  changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string> {
    return this.rows.changes(since, signal);
  }
}
