import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import type {
  DatabaseSchema,
  LocalDescription,
  LocalStore,
  LocalWrite,
  RecordRead,
  StoreIdentity,
  WriteOptions,
  WriteOutcome,
} from "../../core/session/ports.ts";

/** A store that a pull would make, for its dry run: it holds nothing and takes nothing. */
export class AbsentLocalStore implements LocalStore {
  readonly identity: StoreIdentity;
  readonly #schema: DatabaseSchema;

  constructor(identity: StoreIdentity, schema: DatabaseSchema) {
    this.identity = identity;
    this.#schema = schema;
  }

  async describe(): Promise<LocalDescription> {
    const schema = this.#schema.stores.find(({ name }) => name === this.identity.store);
    if (schema === undefined) throw new Error(`The database has no store "${this.identity.store}".`);
    return { identity: this.identity, databaseVersion: this.#schema.version, schema };
  }

  async *scan(): AsyncGenerator<EntryBatch> {}

  async lookup(keys: readonly Uint8Array[]): Promise<EntryBatch> {
    const builder = new EntryBatchBuilder();
    for (const key of keys) builder.push(key, EntryState.absent);
    return builder.build();
  }

  async *read(keys: readonly Uint8Array[]): AsyncGenerator<readonly RecordRead[]> {
    if (keys.length > 0) yield keys.map((key) => ({ key, state: "absent" }));
  }

  async write(operations: readonly LocalWrite[], options: WriteOptions = {}): Promise<WriteOutcome[]> {
    if (options.dryRun !== true) throw new Error("The stand-in of a store is not written.");
    return operations.map(({ opId, key, expect }) =>
      expect === null
        ? { opId, status: "applied" }
        : { opId, status: "conflict", current: { key, state: "absent" } },
    );
  }
}
