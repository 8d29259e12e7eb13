import type { EntryBatch } from "../../core/batch/entry-batch.ts";
import { compareKeysAt, keyAt } from "../../core/batch/entry-batch-access.ts";
import { decodeEntryBatch } from "../../core/batch/entry-batch-codec.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { toHex } from "../../core/key/hex.ts";
import type {
  DescribeOptions,
  LocalDescription,
  LocalStore,
  LocalWrite,
  ReadOptions,
  RecordRead,
  ScanOptions,
  StoreIdentity,
  WriteOptions,
  WriteOutcome,
} from "../../core/session/ports.ts";
import { fromBase64 } from "../wire/base64.ts";
import { PartKind } from "../wire/part.ts";
import type { AgentRequest, Projection, Target } from "../wire/requests.ts";
import { CheckedJson } from "./checked-json.ts";
import type { Part } from "./part-reader.ts";
import { readDatabaseSchema, readStore } from "./read-description.ts";
import { malformed, recordsOf, textOf } from "./read-part.ts";
import { BatchPace, writeInBatches } from "./write-batches.ts";

export interface TaskSignals {
  /** Aborted: the answer is of no use any more. */
  readonly signal?: AbortSignal | undefined;
  /** Aborted: what is not committed yet is not to be written, and the answer says what that was. */
  readonly takeBack?: AbortSignal | undefined;
}

export type RunRequest = (
  request: AgentRequest,
  texts: string,
  signals?: TaskSignals,
) => AsyncGenerator<Part, void, void>;

/** Keys of one read request: enough to hide its start, few enough to keep the request small. */
const KEYS_PER_REQUEST = 20_000;

const DEFAULT_BATCH = 5_000;

/** An object store of the inspected page (contract: core/session/ports.ts). All methods throw AgentError. */
export class AgentLocalStore implements LocalStore {
  readonly identity: StoreIdentity;
  readonly #run: RunRequest;
  readonly #pace = new BatchPace();
  readonly #target: Target;
  readonly #projection: Projection;

  constructor(run: RunRequest, target: Target, projection: Projection) {
    this.#run = run;
    this.#target = target;
    this.#projection = projection;
    this.identity = target;
  }

  async describe(options: DescribeOptions = {}): Promise<LocalDescription> {
    const request = {
      op: "describeStore" as const,
      target: this.#target,
      database: options.database === true,
    };
    for await (const part of this.#run(request, "")) {
      const told = CheckedJson.parse(textOf(part, PartKind.json));
      return {
        identity: this.identity,
        databaseVersion: told.at("version").count(),
        schema: readStore(told.at("schema")),
        ...(request.database ? { database: readDatabaseSchema(told.at("database")) } : {}),
      };
    }
    throw malformed("no description");
  }

  async *scan(options: ScanOptions): AsyncGenerator<EntryBatch, void, void> {
    const { after, range, batchSize = DEFAULT_BATCH, signal } = options;
    const request: AgentRequest = {
      op: "scan",
      target: this.#target,
      ...this.#projection,
      ...(after === undefined ? {} : { after: toHex(after) }),
      ...(range?.lower === undefined ? {} : { lower: toHex(range.lower) }),
      ...(range?.upper === undefined ? {} : { upper: toHex(range.upper) }),
      batchSize,
    };
    let before: EntryBatch | undefined;
    for await (const part of this.#run(request, "", { signal })) {
      const batch = batchOf(part);
      if (batch.count === 0) continue;
      if (!follows(batch, before, options)) throw malformed("keys out of order");
      before = batch;
      yield batch;
    }
  }

  async lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch> {
    const request: AgentRequest = {
      op: "lookup",
      target: this.#target,
      ...this.#projection,
      keys: keys.map(toHex),
    };
    for await (const part of this.#run(request, "", { signal })) {
      const batch = batchOf(part);
      const isAnswer =
        batch.count === keys.length && keys.every((key, i) => compareBytes(key, keyAt(batch, i)) === 0);
      if (!isAnswer) throw malformed("other keys than were asked for");
      return batch;
    }
    throw malformed("no entries");
  }

  async *read(
    keys: readonly Uint8Array[],
    signal?: AbortSignal,
    options: ReadOptions = {},
  ): AsyncGenerator<readonly RecordRead[], void, void> {
    for (let from = 0; from < keys.length; from += KEYS_PER_REQUEST) {
      yield* this.#readSome(keys.slice(from, from + KEYS_PER_REQUEST), signal, options);
    }
  }

  write(operations: readonly LocalWrite[], options: WriteOptions = {}): Promise<readonly WriteOutcome[]> {
    const head = {
      op: "write",
      target: this.#target,
      ...this.#projection,
      dryRun: options.dryRun ?? false,
    } as const;
    return writeInBatches(operations, options, this.#run, head, this.#pace);
  }

  async *#readSome(
    keys: readonly Uint8Array[],
    signal: AbortSignal | undefined,
    { rest = false }: ReadOptions,
  ): AsyncGenerator<readonly RecordRead[], void, void> {
    const request: AgentRequest = {
      op: "read",
      target: this.#target,
      ...this.#projection,
      keys: keys.map(toHex),
      ...(rest ? { rest } : {}),
    };
    let done = 0;
    for await (const part of this.#run(request, "", { signal })) {
      const records = recordsOf(part, keys, done);
      done += records.length;
      yield records;
    }
    if (done !== keys.length) throw malformed("fewer records than were asked for");
  }
}

function follows(batch: EntryBatch, before: EntryBatch | undefined, options: ScanOptions): boolean {
  if (before !== undefined)
    return compareKeysAt(before, before.count - 1, batch, 0) < 0 && isBelow(batch, options);
  const first = keyAt(batch, 0);
  const { after, range } = options;
  if (after !== undefined && compareBytes(first, after) <= 0) return false;
  if (range?.lower !== undefined && compareBytes(first, range.lower) < 0) return false;
  return isBelow(batch, options);
}

function isBelow(batch: EntryBatch, { range }: ScanOptions): boolean {
  return range?.upper === undefined || compareBytes(keyAt(batch, batch.count - 1), range.upper) < 0;
}

function batchOf(part: Part): EntryBatch {
  const text = textOf(part, PartKind.batch);
  try {
    return decodeEntryBatch(fromBase64(text));
  } catch (error) {
    throw malformed(String(error));
  }
}
