/**
 * Streams (key, digest) of a span in key order.
 *
 * Reading a batch keeps the browser's process and this one busy in turn, so one stream idles half the time:
 * two consecutive parts of the span are read side by side, each with its next batch under way while the last
 * one is digested. What the second part finds is held back, as digests, until the first is through. Every batch
 * has a transaction of its own: one for the whole scan would stall the page's writes.
 */

import { EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toBase64 } from "../../wire/base64.ts";
import { PartKind } from "../../wire/part.ts";
import type { Projection, ScanRequest } from "../../wire/requests.ts";
import { BatchSize, FIRST_BATCH } from "./batch-size.ts";
import { HeldBatches } from "./held-batches.ts";
import { type KeySpan, restAfter, spanOf } from "./key-span.ts";
import type { OpenStore } from "./open-store.ts";
import { type Row, readRows } from "./read-rows.ts";
import { RecordDigester } from "./record-digester.ts";
import { SpanSplitter } from "./split-spans.ts";
import type { TaskOutput } from "./task-output.ts";
import { sharesThreadWithPage, TimeSlices } from "./time-slices.ts";

/** Parts read side by side; more were no faster. */
const STREAMS = 2;

/** Above this many records a call, reading is no faster. */
const MAX_BATCH = 5_000;

export async function scan(request: ScanRequest, store: OpenStore, output: TaskOutput): Promise<void> {
  const span = spanOf(request);
  if (span === undefined) return;
  const splitter = new SpanSplitter(store, span);
  const size = new BatchSize(Math.min(request.batchSize, MAX_BATCH), FIRST_BATCH, sharesThreadWithPage);
  const startNext = async (): Promise<HeldBatches | undefined> => {
    const part = await splitter.next();
    return part === undefined ? undefined : startPart(part, request, store, size, output);
  };
  const parts: Promise<HeldBatches | undefined>[] = [];
  for (;;) {
    while (parts.length < STREAMS) {
      // One cut after the other: a part begins where the one before it ends.
      const before = parts.at(-1) ?? Promise.resolve();
      const next = before.then(startNext);
      next.catch(() => undefined);
      parts.push(next);
    }
    const part = await parts.shift();
    if (part === undefined) return;
    for await (const batch of part.drain()) await output.emit(PartKind.batch, batch);
  }
}

function startPart(
  part: KeySpan,
  projection: Projection,
  store: OpenStore,
  size: BatchSize,
  output: TaskOutput,
): HeldBatches {
  const held = new HeldBatches();
  readPart(part, projection, store, size, output, held).then(
    () => held.end(),
    (error) => held.fail(error),
  );
  return held;
}

async function readPart(
  part: KeySpan,
  projection: Projection,
  store: OpenStore,
  size: BatchSize,
  output: TaskOutput,
  held: HeldBatches,
): Promise<void> {
  const digester = new RecordDigester(projection);
  const slices = new TimeSlices();
  let limit = size.next;
  let reading = readRows(store, part, limit);
  for (;;) {
    const rows = await reading;
    output.check();
    const last = rows.at(-1);
    const isEnd = last === undefined || rows.length < limit;
    if (!isEnd) {
      size.learn(rows);
      limit = size.next;
      reading = readRows(store, restAfter(part, last.key), limit);
      reading.catch(() => undefined);
    }
    if (rows.length > 0) await held.push(await encodeRows(rows, digester, slices));
    if (isEnd) return;
  }
}

async function encodeRows(
  rows: readonly Row[],
  digester: RecordDigester,
  slices: TimeSlices,
): Promise<string> {
  const builder = new EntryBatchBuilder();
  for (const { key, value } of rows) {
    if (slices.isOver) await slices.pause();
    const bytes = encodeKey(key);
    const refusal = digester.refusalOf(bytes, value);
    if (refusal !== undefined) {
      builder.push(bytes, EntryState.notRepresentable, undefined, asciiOf(refusal));
      continue;
    }
    const digest = digester.digestNow(value);
    if (digest !== undefined) {
      builder.push(bytes, EntryState.present, digest);
      continue;
    }
    const digested = await digester.digestWithBlobs(value);
    if ("digest" in digested) builder.push(bytes, EntryState.present, digested.digest);
    else builder.push(bytes, EntryState.unreadable, undefined, asciiOf(digested.reason));
  }
  return toBase64(encodeEntryBatch(builder.build()));
}

/** Longest reason, in ASCII as a batch wants it. */
const MAX_REASON = 200;

export function asciiOf(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_REASON);
}
