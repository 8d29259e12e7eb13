/**
 * Merges segments, so that reads have few to look at. The newest ones are merged, with each older one that is at most twice
 * as large as what is merged already: a row is written again a number of times that grows with the logarithm of the rows.
 *
 * What is merged is written in the connection's format, whatever formats it had.
 *
 * A merge is a commit that changes nothing: whatever others commit meanwhile comes behind the segments that it replaces.
 */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { BackendError } from "../../backend-error.ts";
import { headAt } from "./block-search.ts";
import { commitManifest, stageManifest } from "./commit.ts";
import type { Dataset, Snapshot } from "./dataset.ts";
import { segmentFiles } from "./dataset-paths.ts";
import { type SegmentEntry, type SegmentFormat, withSegments } from "./manifest.ts";
import { mergedStoredRows } from "./merged-stored-rows.ts";
import { type BuiltBlock, SegmentBuilder } from "./segment-builder.ts";
import type { SegmentReader } from "./segment-reader.ts";
import { newSegmentName, removeQuietly, uploadStream } from "./upload.ts";
import { followerOf } from "./write-rows.ts";

/** A compare of so many costs little more than of one. */
export const MAX_SEGMENTS = 20;

const MAX_TRIES = 20;
/** Dropped segments are told as long: their files are deleted after a day (tidy.ts). */
const REMEMBERED_MS = 2 * 24 * 60 * 60 * 1000;
const WRITER = "driftscope compaction";

/** The newest segments that are to be merged; empty where there are few. */
export function segmentsToMerge<Segment extends { readonly entry: { readonly bytes: number } }>(
  segments: readonly Segment[],
  most = MAX_SEGMENTS,
): readonly Segment[] {
  if (segments.length <= most) return [];
  const last = segments.length - 1;
  let from = last;
  let behind = 0;
  for (let at = last; at >= 0; at--) {
    const bytes = segments[at]?.entry.bytes ?? 0;
    // A small one at the end, such as the last of a push, does not keep those before it apart.
    if (at < last && bytes <= 2 * behind) from = at;
    behind += bytes;
  }
  // Where each is more than twice as large as all behind it, there are as few as can be.
  return from === last ? [] : segments.slice(from);
}

/** Empty where there is one that is as it would be written. */
function allToMerge({ segments }: Snapshot, { format }: Dataset): readonly SegmentReader[] {
  const isRight = ({ entry }: SegmentReader): boolean => (entry.format ?? "ndjson") === format;
  return segments.length > 1 || !segments.every(isRight) ? segments : [];
}

/**
 * @param most Segments that are left alone; "all" = all become one, in the connection's format.
 * @returns Whether there was something to merge. @throws BackendError, ProtocolError
 */
export async function compact(dataset: Dataset, most: number | "all" = MAX_SEGMENTS): Promise<boolean> {
  const begunAt = Date.now();
  const snapshot = await dataset.latest();
  const merged =
    snapshot && (most === "all" ? allToMerge(snapshot, dataset) : segmentsToMerge(snapshot.segments, most));
  if (snapshot === undefined || merged === undefined || merged.length === 0) return false;
  const { segment, at } = await writeMerged(dataset, merged);
  try {
    await replace(dataset, merged, segment, { begunAt, at });
    return true;
  } catch (error) {
    const isCertain = error instanceof BackendError && error.nothingWritten;
    if (isCertain) await removeQuietly(dataset.fs, segmentFiles(dataset.folder, segment));
    throw error;
  }
}

/**
 * In the newest manifest, whatever that is by now.
 *
 * @param times When it was begun by this machine's clock, and when the segment was there by the NameNode's.
 */
async function replace(
  dataset: Dataset,
  merged: readonly SegmentReader[],
  segment: SegmentEntry,
  { begunAt, at }: { readonly begunAt: number; readonly at: number },
): Promise<void> {
  const names = new Set(merged.map(({ entry }) => entry.name));
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const { manifest } = (await dataset.latest()) as Snapshot;
    const from = manifest.segments.findIndex(({ name }) => names.has(name));
    const replaced = manifest.segments.slice(from, from + merged.length);
    if (replaced.length !== merged.length || !replaced.every(({ name }) => names.has(name))) {
      throw new BackendError(
        "backend-failed",
        `${dataset.fs.where}: somebody else merges ${dataset.folder}.`,
      );
    }
    const follower = followerOf(manifest, WRITER);
    const segments = manifest.segments.toSpliced(from, merged.length, { ...segment, commit: follower.n });
    const staged = await stageManifest(dataset, {
      ...withSegments(follower, segments),
      dropped: [
        ...manifest.dropped.filter((dropped) => dropped.at > at - REMEMBERED_MS),
        ...replaced.map(({ name }) => ({ name, at })),
      ],
    });
    if ((await commitManifest(dataset, staged, begunAt)) !== undefined) return;
  }
  throw new BackendError("backend-unavailable", `${dataset.fs.where}: others write all the time.`);
}

async function writeMerged(
  dataset: Dataset,
  merged: readonly SegmentReader[],
): Promise<{ readonly segment: SegmentEntry; readonly at: number }> {
  const { fs, folder, format } = dataset;
  const name = newSegmentName();
  const data = new PassThrough();
  const heads = new PassThrough();
  // Whoever reads it is told all the same; a stream that nobody has begun to read would end the process.
  for (const stream of [data, heads]) stream.on("error", () => {});
  const [dataFile, headsFile] = segmentFiles(folder, { name, format });
  const uploads = [uploadStream(fs, dataFile, data), uploadStream(fs, headsFile, heads)] as const;
  const send = async ({ data: pieces, heads: head }: BuiltBlock): Promise<void> => {
    if (!data.write(Buffer.concat(pieces))) await once(data, "drain");
    if (!heads.write(head)) await once(heads, "drain");
  };
  const making = mergeInto(merged, { name, format }, send).then(
    (segment) => {
      data.end();
      heads.end();
      return segment;
    },
    (error) => {
      data.destroy(error as Error);
      heads.destroy(error as Error);
      throw error;
    },
  );
  try {
    const [segment, [, { modificationTime }]] = await Promise.all([making, Promise.all(uploads)]);
    return { segment, at: modificationTime };
  } catch (error) {
    // One that failed would leave the other waiting for its end, and what was written would take room for a day.
    for (const stream of [data, heads]) stream.destroy(error as Error);
    await Promise.allSettled(uploads);
    await removeQuietly(fs, [dataFile, headsFile]);
    throw error;
  }
}

async function mergeInto(
  merged: readonly SegmentReader[],
  { name, format }: { readonly name: string; readonly format: SegmentFormat },
  send: (block: BuiltBlock) => Promise<void>,
): Promise<SegmentEntry> {
  const builder = new SegmentBuilder(format);
  for await (const { entries, row, stored, commit } of mergedStoredRows(merged)) {
    const built = builder.push(headAt(entries, row), stored, commit);
    if (built !== undefined) await send(built);
  }
  const finished = builder.finish(name, 0);
  if (finished === undefined) throw new RangeError("Segments without rows");
  await send(finished.last);
  return finished.segment;
}
