/** A collection behind the bridge as the session's RemoteStore. */

import * as v from "valibot";
import type { EntryBatch } from "../../batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../batch/entry-batch-builder.ts";
import { decodeEntryBatch } from "../../batch/entry-batch-codec.ts";
import type { TableMapping } from "../../mapping/table-mapping.ts";
import {
  type CollectionInit,
  type CollectionMeta,
  NOT_SENT,
  type Preimage,
  type RecordRead,
  type RemoteCapabilities,
  type RemoteScanOptions,
  type RemoteStore,
  type RemoteWrite,
  type RemoteWriteOptions,
  type WriteOutcome,
} from "../../session/ports.ts";
import { decodeCollectionMeta, encodeCollectionInit } from "../collection-meta.ts";
import {
  KeptResultSchema,
  MetaResultSchema,
  type ObservedResult,
  ObservedResultSchema,
  type OpenedView,
  OpenedViewSchema,
} from "../frames.ts";
import { MAX_BATCH_ENTRIES, MAX_OPERATIONS_PER_FRAME, TARGET_WRITE_BYTES } from "../limits.ts";
import { type ObservedChange, packObserved } from "../observed-columns.ts";
import { unpackOutcomes } from "../outcome-columns.ts";
import { unpackPreimages } from "../preimage-columns.ts";
import { ProtocolError, type ProtocolErrorCode } from "../protocol-error.ts";
import { unpackRecords } from "../record-columns.ts";
import type { StoredWrite } from "../stored.ts";
import { encodeTableMapping } from "../table-mapping.ts";
import { packBytes } from "../wire-column.ts";
import { packWrites, writeWeight } from "../write-columns.ts";
import type { BridgeConnection, BridgeEnd, BridgeItem, BridgeRequest } from "./bridge-connection.ts";
import { toPreimage, toRecordRead, toStoredWrites, toWriteOutcome, unsendable } from "./bridge-records.ts";

/** Frames of one write call that are on their way at a time: one works while the next travels. */
const WRITES_IN_FLIGHT = 3;

/** Small enough that a call of the session's size has several on their way. */
const OPERATIONS_PER_FRAME = 700;

/** Keys of one lookup or read. */
const KEYS_PER_REQUEST = 5000;
const KEY_BYTES_PER_REQUEST = TARGET_WRITE_BYTES;

/** The bridge answers these before it does anything: nothing was written. */
const REFUSED_UNTOUCHED: ReadonlySet<ProtocolErrorCode> = new Set([
  "malformed-frame",
  "unknown-frame",
  "frame-too-large",
  "too-many-requests",
  "unknown-connection",
  "unknown-collection",
  "unknown-table",
  "unknown-view",
  "mapping-mismatch",
  "bad-name",
  "read-only",
  "unsupported",
]);

export interface RemoteStoreOptions {
  readonly connection: string;
  readonly collection: string;
  /** The collection is an existing table, read and written through this mapping. */
  readonly mapping?: TableMapping;
  /** As the bridge told them last. */
  readonly capabilities: () => RemoteCapabilities;
  /** An open connection to the bridge, made anew where it was lost. */
  readonly connect: () => Promise<BridgeConnection>;
}

type WriteType = "write" | "settle" | "fence";

type In<T extends BridgeRequest["t"]> = Omit<
  Extract<BridgeRequest, { t: T }>,
  "t" | "connection" | "collection" | "view"
>;

/** Requests that do not say yet whose rows they are about. */
type Unaddressed<T extends BridgeRequest["t"]> = T extends BridgeRequest["t"]
  ? { readonly t: T } & In<T>
  : never;

type ItemOf<Type extends BridgeItem["t"]> = Extract<BridgeItem, { t: Type }>;

/** What is known of an existing table before anything is read of it. */
export interface OpenedTable {
  /** Why nothing can be written to it; absent = it can. */
  readonly readOnly?: string;
  /** What a compare reads of it, in words; absent = all of it. */
  readonly reads?: string;
}

interface Reached {
  readonly bridge: BridgeConnection;
  readonly at: { readonly connection: string; readonly collection: string; readonly view?: string };
}

async function openView(
  bridge: BridgeConnection,
  connection: string,
  mapping: TableMapping,
): Promise<OpenedView> {
  const opened = await bridge.result({ t: "open", connection, mapping: encodeTableMapping(mapping) });
  return v.parse(OpenedViewSchema, opened);
}

export class BridgeRemoteStore implements RemoteStore {
  readonly #capabilities: () => RemoteCapabilities;
  readonly #name: { readonly connection: string; readonly collection: string };
  readonly #mapping: TableMapping | undefined;
  readonly #connect: () => Promise<BridgeConnection>;
  /** The mapping travels once for each connection to the bridge. */
  readonly #views = new WeakMap<BridgeConnection, Promise<OpenedView>>();
  #opened: OpenedView | undefined;

  constructor({ connection, collection, mapping, capabilities, connect }: RemoteStoreOptions) {
    this.#capabilities = capabilities;
    this.#name = { connection, collection };
    this.#mapping = mapping;
    this.#connect = connect;
  }

  /** Of an existing table, they are known once anything was asked of it; until then it can do the least. */
  get capabilities(): RemoteCapabilities {
    if (this.#mapping === undefined) return this.#capabilities();
    if (this.#opened !== undefined) return this.#opened.capabilities;
    const scoped = this.#mapping.scope !== undefined;
    return { ...this.#capabilities(), canFence: false, tombstones: false, scoped, writable: false };
  }

  /**
   * Opens the view of an existing table, where that was not done yet. Every other method does so by itself.
   *
   * @throws ProtocolError "unknown-table"; "mapping-mismatch" naming what does not fit the table.
   */
  async open(): Promise<OpenedTable> {
    await this.#reach();
    return this.#opened ?? {};
  }

  /** The mapping is gone: another one may write the table from now on. */
  async release(): Promise<void> {
    const { bridge, at } = await this.#reach();
    await bridge.result({ t: "release", ...at });
  }

  async meta(): Promise<CollectionMeta | undefined> {
    const { bridge, at } = await this.#reach();
    const text = v.parse(MetaResultSchema, await bridge.result({ t: "meta", ...at }));
    return text === null ? undefined : decodeCollectionMeta(text);
  }

  async init(init: CollectionInit): Promise<CollectionMeta> {
    const { bridge, at } = await this.#reach();
    const request = { t: "init" as const, ...at, init: encodeCollectionInit(init) };
    const text = v.parse(v.string(), await bridge.result(request));
    return decodeCollectionMeta(text);
  }

  async keptAt(): Promise<number | undefined> {
    if (!this.capabilities.keepsScans) return undefined;
    const { bridge, at } = await this.#reach();
    return v.parse(KeptResultSchema, await bridge.result({ t: "kept", ...at })) ?? undefined;
  }

  async *scan({ after, range, batchSize, keptAt, signal }: RemoteScanOptions): AsyncGenerator<EntryBatch> {
    const request: In<"scan"> = {
      ...(after === undefined ? {} : { after }),
      ...(range?.lower === undefined ? {} : { lower: range.lower }),
      ...(range?.upper === undefined ? {} : { upper: range.upper }),
      ...(batchSize === undefined ? {} : { batchSize: Math.min(batchSize, MAX_BATCH_ENTRIES) }),
      ...(keptAt === undefined ? {} : { keptAt }),
    };
    yield* this.#entries({ t: "scan", ...request }, signal);
  }

  async lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch> {
    const builder = new EntryBatchBuilder();
    for (const some of inRequests(keys)) {
      const request = { t: "lookup" as const, count: some.length, keys: packBytes(some) };
      for await (const batch of this.#entries(request, signal)) {
        for (let i = 0; i < batch.count; i++) builder.pushFrom(batch, i);
      }
    }
    return builder.build();
  }

  async *read(keys: readonly Uint8Array[], signal?: AbortSignal): AsyncGenerator<readonly RecordRead[]> {
    for (const some of inRequests(keys)) {
      const request = { t: "read" as const, count: some.length, keys: packBytes(some) };
      yield* this.#items(request, signal, "records", (frame) =>
        unpackRecords(frame.records).map(toRecordRead),
      );
    }
  }

  write(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<WriteOutcome[]> {
    return this.#send("write", operations, options);
  }

  settle(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<WriteOutcome[]> {
    return this.#send("settle", operations, options);
  }

  fence(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<WriteOutcome[]> {
    return this.#send("fence", operations, options);
  }

  async *preimages(applyId: string): AsyncGenerator<readonly Preimage[]> {
    const request = { t: "preimages" as const, applyId };
    yield* this.#items(request, undefined, "preimages", (frame) =>
      unpackPreimages(frame.preimages).map(toPreimage),
    );
  }

  /** @throws ProtocolError "stale-checkpoint". */
  async *changes(since: string, signal?: AbortSignal): AsyncGenerator<EntryBatch, string> {
    return yield* this.#entries({ t: "changes", since }, signal);
  }

  /**
   * Tells what was seen in the page and accepted by nobody; only where `capabilities.observedTo`. Where it throws, any of
   * it may be told, and the same is to be told again.
   *
   * @param at When it was read, in milliseconds since 1970.
   * @throws ProtocolError "unsupported", "read-only", "not-set-up", …; BridgeConnectError
   */
  async tellObserved(changes: readonly ObservedChange[], at: number): Promise<ObservedResult> {
    const bridge = await this.#connect();
    const request = { t: "observed" as const, ...this.#name, at, changes: packObserved(changes) };
    return v.parse(ObservedResultSchema, await bridge.result(request));
  }

  /** An open connection to the bridge, and how the rows are named there. */
  async #reach(): Promise<Reached> {
    const bridge = await this.#connect();
    if (this.#mapping === undefined) return { bridge, at: this.#name };
    let opening = this.#views.get(bridge);
    if (opening === undefined) {
      opening = openView(bridge, this.#name.connection, this.#mapping);
      this.#views.set(bridge, opening);
      // What failed to open is tried again.
      opening.catch(() => this.#views.delete(bridge));
    }
    this.#opened = await opening;
    return { bridge, at: { ...this.#name, view: this.#opened.view } };
  }

  async *#entries(
    request: Unaddressed<"scan" | "lookup" | "changes">,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<EntryBatch, string> {
    const end = yield* this.#stream(request, signal, "entries", (frame) => {
      const batch = decodeEntryBatch(frame.batch);
      return { value: batch, count: batch.count };
    });
    return end.checkpoint ?? "";
  }

  async *#items<Type extends "records" | "preimages", Value>(
    request: Unaddressed<"read" | "preimages">,
    signal: AbortSignal | undefined,
    type: Type,
    decode: (frame: ItemOf<Type>) => readonly Value[],
  ): AsyncGenerator<readonly Value[]> {
    yield* this.#stream(request, signal, type, (frame) => {
      const value = decode(frame);
      return { value, count: value.length };
    });
  }

  /** What a stream of frames of one type holds, complete or an error. */
  async *#stream<Type extends BridgeItem["t"], Value>(
    request: Unaddressed<"scan" | "lookup" | "changes" | "read" | "preimages">,
    signal: AbortSignal | undefined,
    type: Type,
    decode: (frame: ItemOf<Type>) => { readonly value: Value; readonly count: number },
  ): AsyncGenerator<Value, BridgeEnd> {
    const { bridge, at } = await this.#reach();
    const frames = bridge.stream({ ...at, ...request }, signal);
    let got = 0;
    try {
      for (;;) {
        const next = await frames.next();
        if (next.done) {
          requireComplete(request.t, got, next.value.count);
          return next.value;
        }
        if (next.value.t !== type) throw unexpected(request.t, next.value.t);
        const { value, count } = decode(next.value as ItemOf<Type>);
        got += count;
        yield value;
      }
    } finally {
      await frames.return(undefined as never);
    }
  }

  async #send(
    type: WriteType,
    operations: readonly RemoteWrite[],
    { applyId, dryRun, signal }: RemoteWriteOptions,
  ): Promise<WriteOutcome[]> {
    const answers = new Map<string, WriteOutcome>();
    const writes = operations.filter((operation) => {
      const refusal = refusalOf(operation);
      if (refusal !== undefined) answers.set(operation.opId, refusal);
      return refusal === undefined;
    });
    // Where a request takes long whatever it carries, frames carry as much as they may: there are so many requests at most.
    const isSlow = this.capabilities.partsAtOnce !== undefined;
    const parts = inParts(toStoredWrites(writes), isSlow ? MAX_OPERATIONS_PER_FRAME : OPERATIONS_PER_FRAME);
    // A few workers on one list of parts.
    const work = async (): Promise<void> => {
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        if (signal?.aborted) for (const { opId } of part) answers.set(opId, { opId, ...CANCELLED });
        else await this.#sendPart(type, part, { applyId, dryRun: dryRun ?? false }, answers);
      }
    };
    await Promise.all(Array.from({ length: WRITES_IN_FLIGHT }, work));
    return operations.map(
      ({ opId }) => answers.get(opId) ?? unknown(opId, "The bridge gave no outcome for it."),
    );
  }

  /** Nothing is cancelled once it is sent: an answer that is missing makes an operation unknown. */
  async #sendPart(
    type: WriteType,
    part: readonly StoredWrite[],
    options: { readonly applyId: string; readonly dryRun: boolean },
    answers: Map<string, WriteOutcome>,
  ): Promise<void> {
    try {
      const { bridge, at } = await this.#reach();
      const request = { t: type, ...at, ...options, writes: packWrites(part) };
      for await (const frame of bridge.stream(request)) {
        if (frame.t !== "outcomes") throw unexpected(type, frame.t);
        for (const outcome of unpackOutcomes(frame.outcomes)) {
          answers.set(outcome.opId, toWriteOutcome(outcome));
        }
      }
    } catch (error) {
      for (const { opId } of part) {
        if (!answers.has(opId)) answers.set(opId, unanswered(opId, type, error));
      }
    }
  }
}

const CANCELLED = {
  status: "rejected",
  code: NOT_SENT,
  reason: "It was cancelled before it was sent.",
} as const;

const unknown = (opId: string, reason: string): WriteOutcome => ({ opId, status: "unknown", reason });

function refusalOf(operation: RemoteWrite): WriteOutcome | undefined {
  const reason = unsendable(operation);
  const { opId } = operation;
  return reason === undefined ? undefined : { opId, status: "rejected", code: "unsupported", reason };
}

/** A repeated operation may have applied before, so for it no refusal is certain. */
function unanswered(opId: string, type: WriteType, error: unknown): WriteOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  const isUntouched = error instanceof ProtocolError && REFUSED_UNTOUCHED.has(error.code);
  return type === "write" && isUntouched
    ? { opId, status: "rejected", code: error.code, reason }
    : unknown(opId, reason);
}

function unexpected(asked: string, got: string): ProtocolError {
  return new ProtocolError("malformed-frame", `The bridge answered "${asked}" with "${got}".`);
}

/** Servers end streams early when they die: what came has to be what was sent. */
function requireComplete(asked: string, got: number, sent: number): void {
  if (got === sent) return;
  throw new ProtocolError("incomplete", `The answer to "${asked}" had ${got} of ${sent} entries: try again.`);
}

function* inRequests(keys: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  yield* cut(keys, (key) => key.length, KEYS_PER_REQUEST, KEY_BYTES_PER_REQUEST);
}

export const inParts = (
  writes: readonly StoredWrite[],
  maxOperations = OPERATIONS_PER_FRAME,
): (readonly StoredWrite[])[] => Array.from(cut(writes, writeWeight, maxOperations, TARGET_WRITE_BYTES));

/** Runs of at most so many items and about so many bytes; a heavier item is alone in its run. */
function* cut<Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  maxItems: number,
  maxBytes: number,
): Generator<readonly Item[]> {
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < items.length; i++) {
    const weight = weightOf(items[i] as Item);
    if (i > from && (i - from === maxItems || bytes + weight > maxBytes)) {
      yield items.slice(from, i);
      from = i;
      bytes = 0;
    }
    bytes += weight;
  }
  if (from < items.length) yield items.slice(from);
}
