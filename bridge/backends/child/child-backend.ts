/** The bridge's end: a backend that runs in a child process. */
import type { TableDescription } from "../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { Finding, ObservedResult } from "../../../core/protocol/frames.ts";
import { packObserved } from "../../../core/protocol/observed-columns.ts";
import { encodeTableMapping } from "../../../core/protocol/table-mapping.ts";
import { packBytes } from "../../../core/protocol/wire-column.ts";
import type { CollectionInit, CollectionMeta, ReadOptions } from "../../../core/session/ports.ts";
import type {
  BackendCapabilities,
  BackendCollection,
  BackendOutcome,
  BackendRecord,
  BackendRows,
  BackendScan,
  BackendTables,
  BackendWrite,
  EncodedEntries,
  ObservedBatch,
  RemoteBackend,
} from "../backend.ts";
import {
  type ChildResults,
  packWriteList,
  type RowsName,
  unpackOutcomeList,
  unpackRecordList,
} from "./child-messages.ts";
import type { SupervisedChild } from "./child-process.ts";

/** What the backend in the child can do, besides collections. */
export interface ChildAbilities {
  /** Of existing tables; absent where it cannot open them. */
  readonly tables?: BackendCapabilities;
  /** Whether it has a `check`. */
  readonly checks?: boolean;
}

export class ChildBackend implements RemoteBackend {
  readonly capabilities: BackendCapabilities;
  readonly #child: SupervisedChild;

  readonly tables?: BackendTables;
  readonly check?: () => Promise<readonly Finding[]>;
  readonly tellObserved?: (batch: ObservedBatch) => Promise<ObservedResult>;

  constructor(child: SupervisedChild, capabilities: BackendCapabilities, abilities: ChildAbilities = {}) {
    const { tables, checks = false } = abilities;
    this.#child = child;
    this.capabilities = capabilities;
    if (tables !== undefined) this.tables = new ChildTables(child, tables);
    if (checks) this.check = () => child.request({ op: "check" });
    if (capabilities.observedTo !== undefined) {
      this.tellObserved = ({ changes, ...batch }) =>
        child.request({ op: "tellObserved", ...batch, changes: packObserved(changes) });
    }
  }

  collections(): Promise<ChildResults["collections"]> {
    return this.#child.request({ op: "collections" });
  }

  collection(name: string): BackendCollection {
    return new ChildCollection(this.#child, name);
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}

class ChildTables implements BackendTables {
  readonly capabilities: BackendCapabilities;
  readonly #child: SupervisedChild;

  constructor(child: SupervisedChild, capabilities: BackendCapabilities) {
    this.#child = child;
    this.capabilities = capabilities;
  }

  list(): Promise<ChildResults["tables"]> {
    return this.#child.request({ op: "tables" });
  }

  describe(table: string): Promise<TableDescription> {
    return this.#child.request({ op: "describeTable", table });
  }

  identity(table: string): Promise<string> {
    return this.#child.request({ op: "tableIdentity", table });
  }

  rows(mapping: TableMapping): BackendRows {
    return new ChildTable(this.#child, { mapping: encodeTableMapping(mapping) });
  }
}

class ChildRows implements BackendRows {
  protected readonly child: SupervisedChild;
  readonly #name: RowsName;

  constructor(child: SupervisedChild, name: RowsName) {
    this.child = child;
    this.#name = name;
  }

  scan(range: BackendScan, signal: AbortSignal): AsyncIterable<EncodedEntries> {
    return this.child.stream({ op: "scan", of: this.#name, range }, signal);
  }

  lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    return this.child.request({ op: "lookup", of: this.#name, keys: packBytes(keys), count: keys.length });
  }

  async *read(
    keys: readonly Uint8Array[],
    signal: AbortSignal,
    { rest = false }: ReadOptions = {},
  ): AsyncGenerator<readonly BackendRecord[]> {
    const op = "read" as const;
    const request = { op, of: this.#name, keys: packBytes(keys), count: keys.length, rest };
    for await (const list of this.child.stream(request, signal)) yield unpackRecordList(list);
  }

  write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return this.send("write", operations, writer);
  }

  protected async send(
    op: "write" | "predict",
    operations: readonly BackendWrite[],
    writer: string,
  ): Promise<readonly BackendOutcome[]> {
    const writes = packWriteList(operations);
    return unpackOutcomeList(await this.child.request({ op, of: this.#name, writes, writer }));
  }
}

class ChildTable extends ChildRows {
  predict(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return this.send("predict", operations, writer);
  }
}

class ChildCollection extends ChildRows implements BackendCollection {
  readonly #name: string;

  constructor(child: SupervisedChild, name: string) {
    super(child, { collection: name });
    this.#name = name;
  }

  meta(): Promise<CollectionMeta | undefined> {
    return this.child.request({ op: "meta", collection: this.#name });
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return this.child.request({ op: "init", collection: this.#name, init });
  }

  async *changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string> {
    const checkpoint = yield* this.child.stream({ op: "changes", collection: this.#name, since }, signal);
    return checkpoint ?? since;
  }
}
