/**
 * Compare-and-sets: HDFS has none, so a commit is one. Operations are judged by a snapshot; what holds becomes a segment and
 * a manifest that follows that snapshot's, and where another manifest did first, they are judged again by that one.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { messageOf } from "../../../../core/session/session-error.ts";
import type { BackendOutcome, BackendWrite } from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import { keyText } from "../../shared/key-text.ts";
import { lookAtMissed } from "../../shared/missed-writes.ts";
import { unknownCollection } from "../../shared/stored-meta.ts";
import { opIdOf, tokenAfter } from "../../shared/tokens.ts";
import { commitManifest, type StagedManifest, stagedPath, stageManifest } from "./commit.ts";
import type { Dataset, Snapshot } from "./dataset.ts";
import { segmentFiles } from "./dataset-paths.ts";
import { findHeads, findRecords } from "./find-rows.ts";
import { type Manifest, type SegmentEntry, withSegments } from "./manifest.ts";
import { type BuiltBlock, SegmentBuilder } from "./segment-builder.ts";
import type { SegmentRow } from "./segment-rows.ts";
import { StoredRow } from "./stored-row.ts";
import { newSegmentName, removeQuietly, upload } from "./upload.ts";

/** Others commit all the time: each time at least one of all writers gets on. */
const MAX_TRIES = 200;
const MAX_PAUSE_MS = 40;
/** A busy DataNode does not always get to closing a file in time. */
const MAX_UPLOADS = 3;

export interface WriteRequest {
  readonly operation: BackendWrite;
  readonly writer: string;
}

/** What a snapshot says of operations. */
interface Verdict {
  /** What they leave, in the order of the keys. */
  readonly rows: readonly SegmentRow[];
  /** By id: what would be true once the rows are committed. */
  readonly outcomes: Map<string, BackendOutcome>;
  /** Those whose outcome depends on the commit. */
  readonly dependent: ReadonlySet<string>;
  readonly missed: readonly BackendWrite[];
  /** How many more records there are then. */
  readonly added: number;
}

/** A segment for these rows, which outlasts the commits that somebody else came before. */
interface UploadedSegment {
  readonly rows: readonly SegmentRow[];
  readonly entry: SegmentEntry;
  readonly uploading: Promise<unknown>;
}

/** One outcome a request, in order. */
export async function writeRows(
  dataset: Dataset,
  requests: readonly WriteRequest[],
): Promise<BackendOutcome[]> {
  let uploaded: UploadedSegment | undefined;
  for (let attempt = 1; ; attempt++) {
    const begunAt = Date.now();
    const snapshot = await dataset.latest();
    if (snapshot === undefined) throw unknownCollection(dataset.folder);
    const verdict = await judge(snapshot, requests);
    if (uploaded !== undefined && !sameRows(uploaded.rows, verdict.rows)) {
      await removeQuietly(dataset.fs, segmentFiles(dataset.folder, uploaded.entry));
      uploaded = undefined;
    }
    if (verdict.rows.length === 0) return answers(snapshot, requests, verdict);
    try {
      const segment = uploaded ?? beginSegment(dataset, verdict.rows);
      const manifest = nextManifest(snapshot, verdict, segment.entry, requests[0]?.writer ?? "");
      uploaded = undefined;
      const staged = await sendBoth(dataset, manifest, segment);
      uploaded = segment;
      const committed = await commitManifest(dataset, staged, begunAt);
      if (committed !== undefined) return await answers(committed, requests, verdict);
    } catch (error) {
      // With new names: a request that was given up may still write to the old ones.
      if (!(error instanceof UploadError) || attempt >= MAX_UPLOADS) {
        return answers(snapshot, requests, verdict, error);
      }
    }
    if (attempt === MAX_TRIES) return answers(snapshot, requests, verdict, overtaken(dataset));
    await wait(Math.random() * Math.min(MAX_PAUSE_MS, 4 * attempt));
  }
}

/** In their order, each by what those before it leave. */
async function judge(snapshot: Snapshot, requests: readonly WriteRequest[]): Promise<Verdict> {
  const keys = new Map(requests.map(({ operation }) => [keyText(operation.key), operation.key]));
  const heads = await findHeads(snapshot, [...keys.values()]);
  const rows = new Map<string, SegmentRow>();
  const outcomes = new Map<string, BackendOutcome>();
  const dependent = new Set<string>();
  const missed: BackendWrite[] = [];
  for (const { operation, writer } of requests) {
    const { opId, key, expect } = operation;
    const text = keyText(key);
    const current = (rows.get(text) ?? heads.get(text))?.token ?? null;
    const token = tokenAfter(expect, opId);
    if (rows.has(text)) dependent.add(opId);
    if (token !== undefined && current === token) {
      outcomes.set(opId, { status: "applied", token });
    } else if (token !== undefined && current === expect) {
      rows.set(text, rowOf(operation, token, writer));
      outcomes.set(opId, { status: "applied", token });
      dependent.add(opId);
    } else {
      missed.push(operation);
    }
  }
  const isThere = (row: { readonly state: EntryState } | undefined): number =>
    row?.state === EntryState.present ? 1 : 0;
  let added = 0;
  for (const [text, row] of rows) added += isThere(row) - isThere(heads.get(text));
  const sorted = [...rows.values()].sort((a, b) => compareBytes(a.key, b.key));
  return { rows: sorted, outcomes, dependent, missed, added };
}

function rowOf({ key, expect, write }: BackendWrite, token: string, writer: string): SegmentRow {
  const prevOpId = expect === null ? undefined : opIdOf(expect);
  const row = { key, token, writer, prevOpId };
  if (write === "delete") return { ...row, state: EntryState.deleted };
  if (write === "absent") return { ...row, state: EntryState.absent };
  return { ...row, state: EntryState.present, digest: write.digest, body: write.body };
}

/** A row's token names its operation. */
const sameRows = (a: readonly SegmentRow[], b: readonly SegmentRow[]): boolean =>
  a.length === b.length && a.every(({ token }, at) => token === b[at]?.token);

function beginSegment(dataset: Dataset, rows: readonly SegmentRow[]): UploadedSegment {
  const builder = new SegmentBuilder(dataset.format);
  const rowBytes: Uint8Array[] = [];
  const heads: Uint8Array[] = [];
  const add = (block: BuiltBlock | undefined): void => {
    if (block === undefined) return;
    rowBytes.push(Buffer.concat(block.data));
    heads.push(block.heads);
  };
  for (const row of rows) add(builder.push(row, StoredRow.of(row), 0));
  const finished = builder.finish(newSegmentName(), 0);
  if (finished === undefined) throw new RangeError("A segment without rows");
  add(finished.last);
  const [data, head] = segmentFiles(dataset.folder, finished.segment);
  const uploading = bothOf(upload(dataset.fs, data, rowBytes), upload(dataset.fs, head, heads));
  // Waited for together with the manifest.
  uploading.catch(() => {});
  return { rows, entry: finished.segment, uploading };
}

/** When both have ended: who then deletes what is left of them is not overtaken by the other. */
async function bothOf(...two: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(two);
  await Promise.all(two);
}

function nextManifest(
  { manifest }: Snapshot,
  { added }: Verdict,
  segment: SegmentEntry,
  writer: string,
): Manifest {
  const n = manifest.n + 1;
  return {
    ...withSegments(followerOf(manifest, writer), [...manifest.segments, { ...segment, commit: n }]),
    records: manifest.records + added,
  };
}

/** The same once more, as the next one. */
export const followerOf = (manifest: Manifest, writer: string): Manifest => ({
  ...manifest,
  n: manifest.n + 1,
  id: randomUUID(),
  previous: manifest.id,
  writtenAt: new Date().toISOString(),
  writer,
});

/** Before a commit: certainly nothing was written that counts. */
class UploadError extends BackendError {}

/**
 * Neither waits for the other: what is in no manifest is nothing. Of a try that failed nothing is left, since the room that it
 * takes may be what was missing.
 */
async function sendBoth(
  dataset: Dataset,
  manifest: Manifest,
  segment: UploadedSegment,
): Promise<StagedManifest> {
  const both = [stageManifest(dataset, manifest), segment.uploading] as const;
  try {
    const [staged] = await uncommitted(Promise.all(both));
    return staged;
  } catch (error) {
    await Promise.allSettled(both);
    const files = [...segmentFiles(dataset.folder, segment.entry), stagedPath(dataset, manifest)];
    await removeQuietly(dataset.fs, files);
    throw error;
  }
}

async function uncommitted<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    throw new UploadError(error.code, error.message, { cause: error, nothingWritten: true });
  }
}

/** @param failure Why what depends on the commit is not known to have come to be. */
async function answers(
  snapshot: Snapshot,
  requests: readonly WriteRequest[],
  { outcomes, dependent, missed }: Verdict,
  failure?: unknown,
): Promise<BackendOutcome[]> {
  const known = new Map(outcomes);
  if (failure !== undefined) for (const opId of dependent) known.set(opId, failed(failure));
  const certain = missed.filter(({ opId }) => !known.has(opId));
  // Of several writers one record may be wanted by many.
  const oneOfEach = new Map(certain.map((operation) => [keyText(operation.key), operation]));
  await lookAtMissed([...oneOfEach.values()], (keys) => findRecords(snapshot, keys), known);
  for (const { opId, key } of certain) {
    const found = known.get(oneOfEach.get(keyText(key))?.opId ?? "");
    if (found !== undefined) known.set(opId, found);
  }
  return requests.map(({ operation }) => known.get(operation.opId) ?? failed(failure));
}

function failed(error: unknown): BackendOutcome {
  const reason = messageOf(error);
  if (!(error instanceof BackendError)) return { status: "unknown", reason };
  return error.nothingWritten
    ? { status: "rejected", code: error.code, reason }
    : { status: "unknown", reason };
}

const overtaken = ({ fs, folder }: Dataset): BackendError =>
  new BackendError("backend-unavailable", `${fs.where}: others write to ${folder} all the time. Try again.`);
