/** One request of a panel, answered by items and an `end`, or by a `result`. */
import { decodeCollectionInit, encodeCollectionMeta } from "../../core/protocol/collection-meta.ts";
import type { BridgeFrame, PanelFrame } from "../../core/protocol/frames.ts";
import { TARGET_ITEM_BYTES } from "../../core/protocol/limits.ts";
import { unpackObserved } from "../../core/protocol/observed-columns.ts";
import { outcomeWeight, packOutcomes } from "../../core/protocol/outcome-columns.ts";
import { answerWeight, packAnswers, unpackConflicts } from "../../core/protocol/policy-columns.ts";
import { packPreimages } from "../../core/protocol/preimage-columns.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { packRecords } from "../../core/protocol/record-columns.ts";
import { decodeTableMapping } from "../../core/protocol/table-mapping.ts";
import { unpackBytes } from "../../core/protocol/wire-column.ts";
import { unpackWrites } from "../../core/protocol/write-columns.ts";
import type { CollectionInit, CollectionMeta } from "../../core/session/ports.ts";
import type { EncodedEntries } from "../backends/backend.ts";
import { describesMore } from "../backends/shared/describes-more.ts";
import { scanKept } from "../backends/shared/scan-kept.ts";
import type { Drafts } from "../drafts/drafts.ts";
import { answerJobRequest, isJobRequest } from "../jobs/answer-jobs.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Journal } from "../journal/journal.ts";
import type { Policies } from "../policies/policies.ts";
import { answerQueueRequest, isQueueRequest, type ServedQueue } from "../queue/answer-queue.ts";
import { answerScheduleRequest, isScheduleRequest } from "../schedules/answer-schedules.ts";
import type { Schedules } from "../schedules/schedules.ts";
import type { Connections, ServedCollection } from "./connections.ts";
import type { OutStream } from "./out-stream.ts";

export type Request = Exclude<PanelFrame, { t: "grant" | "cancel" | "ping" }>;

export interface RequestContext {
  readonly connections: Connections;
  readonly drafts: Drafts;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly journal: Journal;
  readonly policies: Policies;
  readonly queue: ServedQueue;
  readonly panelId: string;
  /** What `driftscope panels` shows for it. */
  readonly panelLabel: string;
  readonly stream: OutStream;
  readonly signal: AbortSignal;
  /** The request's own frame is no longer needed. */
  readonly release: () => void;
}

type Last = Extract<BridgeFrame, { t: "result" | "end" }>;

/** Sends the items and returns the last frame. */
export async function answerRequest(request: Request, context: RequestContext): Promise<Last> {
  const { connections, policies } = context;
  if (isQueueRequest(request)) return answerQueueRequest(request, context.queue, context);
  if (isJobRequest(request)) return answerJobRequest(request, context.jobs, context);
  if (isScheduleRequest(request)) return answerScheduleRequest(request, context.schedules, context);
  if (request.t === "connections") {
    const list = await connections.list();
    return {
      t: "result",
      id: request.id,
      value: list.map((info) => ({ ...info, policies: policies.names, journal: context.journal.retention })),
    };
  }
  if (request.t === "check") {
    return { t: "result", id: request.id, value: await connections.check(request.connection) };
  }
  if (isAboutDrafts(request))
    return { t: "result", id: request.id, value: await aboutDrafts(request, context) };
  if (request.t === "propose") return propose(request, context);
  if (request.t === "introspect") return introspect(request, context);
  if (request.t === "open") {
    const mapping = decodeTableMapping(request.mapping);
    const value = await connections.tables(request.connection).open(mapping);
    return { t: "result", id: request.id, value };
  }
  if (request.t === "observed") return observed(request, context);
  const served = connections.collection(request.connection, request.collection, request.view);
  switch (request.t) {
    case "meta": {
      const meta = await served.collection.meta();
      return { t: "result", id: request.id, value: meta === undefined ? null : encodeCollectionMeta(meta) };
    }
    case "init":
      return init(request, served);
    case "release":
      connections.release(request.connection, request.collection, request.view ?? "");
      return { t: "result", id: request.id, value: null };
    case "kept":
      return { t: "result", id: request.id, value: served.collection.kept?.at() ?? null };
    case "scan":
      return sendEntries(request.id, scan(request, served, context), context);
    case "lookup": {
      const keys = unpackBytes(request.keys, request.count);
      return sendEntries(request.id, once(served.collection.lookup(keys)), context);
    }
    case "read":
      return read(request, served, context);
    case "write":
    case "settle":
    case "fence":
      return write(request, served, context);
    case "preimages":
      return preimages(request, context);
    case "changes":
      return changes(request, served, context);
  }
}

type RequestOf<T extends Request["t"]> = Extract<Request, { t: T }>;

const DRAFT_REQUESTS = ["drafts", "try-draft", "keep-draft", "remove-draft"] as const;
type DraftRequest = RequestOf<(typeof DRAFT_REQUESTS)[number]>;

const isAboutDrafts = (request: Request): request is DraftRequest =>
  (DRAFT_REQUESTS as readonly string[]).includes(request.t);

async function aboutDrafts(request: DraftRequest, { drafts }: RequestContext): Promise<unknown> {
  switch (request.t) {
    case "drafts":
      return drafts.list();
    case "try-draft":
      return drafts.try(request.draft);
    case "keep-draft":
      return drafts.keep(request.draft);
    case "remove-draft":
      return drafts.remove(request.name);
  }
}

async function init(request: RequestOf<"init">, served: ServedCollection): Promise<Last> {
  const init = decodeCollectionInit(request.init);
  if (init.collection !== request.collection) {
    throw new ProtocolError("bad-name", "The collection is described under another name than it is made.");
  }
  const meta =
    served.initRefusal === undefined ? await served.collection.init(init) : await asItIs(served, init);
  return { t: "result", id: request.id, value: encodeCollectionMeta(meta) };
}

/** What is there already can be mapped where nothing can be made; what the page knows beyond it is not added. */
async function asItIs(
  { collection, initRefusal }: ServedCollection,
  init: CollectionInit,
): Promise<CollectionMeta> {
  const meta = await collection.meta();
  if (meta === undefined) throw new ProtocolError("read-only", initRefusal ?? "");
  describesMore(meta, init);
  return meta;
}

async function observed(
  { id, connection, collection, at, changes }: RequestOf<"observed">,
  { connections, panelId: writer }: RequestContext,
): Promise<Last> {
  const batch = { collection, at, writer, changes: unpackObserved(changes) };
  return { t: "result", id, value: await connections.tellObserved(connection, batch) };
}

async function introspect(
  { id, connection, table }: RequestOf<"introspect">,
  { connections }: RequestContext,
): Promise<Last> {
  const tables = connections.tables(connection);
  const told = table === undefined ? await tables.list() : await tables.describe(table);
  return { t: "result", id, value: JSON.stringify(told) };
}

function scan(
  request: RequestOf<"scan">,
  { collection }: ServedCollection,
  { signal }: RequestContext,
): AsyncIterable<EncodedEntries> {
  if (request.keptAt === undefined) return collection.scan(request, signal);
  return scanKept(collection, request.keptAt);
}

async function* once<Value>(value: Promise<Value>): AsyncGenerator<Value> {
  yield await value;
}

async function sendEntries(
  id: number,
  batches: AsyncIterable<EncodedEntries>,
  { stream }: RequestContext,
): Promise<Last> {
  let count = 0;
  for await (const batch of batches) {
    await stream.item({ t: "entries", id, batch: batch.bytes });
    count += batch.count;
  }
  return { t: "end", id, count };
}

async function read(
  request: RequestOf<"read">,
  served: ServedCollection,
  { stream, signal }: RequestContext,
): Promise<Last> {
  const { id } = request;
  const keys = unpackBytes(request.keys, request.count);
  for await (const records of served.collection.read(keys, signal)) {
    await stream.item({ t: "records", id, records: packRecords(records) });
  }
  return { t: "end", id, count: keys.length };
}

async function write(
  request: RequestOf<"write" | "settle" | "fence">,
  { writer }: ServedCollection,
  { stream, panelId, release }: RequestContext,
): Promise<Last> {
  const { id, applyId, dryRun } = request;
  const operations = unpackWrites(request.writes);
  const options = { applyId, dryRun, writer: panelId, settling: request.t !== "write" };
  const outcomes =
    request.t === "fence" ? await writer.fence(operations, options) : await writer.write(operations, options);
  release();
  for (const chunk of inItems(outcomes, outcomeWeight)) {
    await stream.item({ t: "outcomes", id, outcomes: packOutcomes(chunk) });
  }
  return { t: "end", id, count: outcomes.length };
}

function* inItems<Item>(items: readonly Item[], weightOf: (item: Item) => number): Generator<Item[]> {
  let chunk: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const weight = weightOf(item);
    if (chunk.length > 0 && bytes + weight > TARGET_ITEM_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(item);
    bytes += weight;
  }
  if (chunk.length > 0) yield chunk;
}

async function propose(
  request: RequestOf<"propose">,
  { policies, stream, signal, release }: RequestContext,
): Promise<Last> {
  const { id } = request;
  const policy = policies.get(request.policy);
  const answers = await policy(unpackConflicts(request.conflicts), signal);
  release();
  for (const chunk of inItems(answers, answerWeight)) {
    await stream.item({ t: "answers", id, answers: packAnswers(chunk) });
  }
  return { t: "end", id, count: answers.length };
}

async function preimages(
  request: RequestOf<"preimages">,
  { journal, stream }: RequestContext,
): Promise<Last> {
  const { id, connection, collection, applyId } = request;
  let count = 0;
  for await (const chunk of journal.preimages({ connection, collection, applyId })) {
    await stream.item({ t: "preimages", id, preimages: packPreimages(chunk) });
    count += chunk.length;
  }
  return { t: "end", id, count };
}

async function changes(
  request: RequestOf<"changes">,
  served: ServedCollection,
  { stream, signal }: RequestContext,
): Promise<Last> {
  const { id } = request;
  const batches = served.collection.changes(request.since, signal);
  let count = 0;
  for (;;) {
    const next = await batches.next();
    if (next.done) return { t: "end", id, count, checkpoint: next.value };
    await stream.item({ t: "entries", id, batch: next.value.bytes });
    count += next.value.count;
  }
}
