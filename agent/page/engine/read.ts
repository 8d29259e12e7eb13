import { EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { fromHex } from "../../../core/key/hex.ts";
import { toBase64 } from "../../wire/base64.ts";
import { PartKind } from "../../wire/part.ts";
import { encodeRecordChunk, type RecordSlot } from "../../wire/record-chunk.ts";
import type { LookupRequest, ReadRequest } from "../../wire/requests.ts";
import type { OpenStore } from "./open-store.ts";
import { ABSENT, readKeys } from "./read-keys.ts";
import { RecordDigester } from "./record-digester.ts";
import { asciiOf } from "./scan.ts";
import type { TaskOutput } from "./task-output.ts";
import { TimeSlices } from "./time-slices.ts";

/** Whole records, in chunks: a chunk ends when it holds this much text. */
const CHUNK_UNITS = 1024 * 1024;

export async function readRecords(request: ReadRequest, store: OpenStore, output: TaskOutput): Promise<void> {
  const digester = new RecordDigester(request);
  const slices = new TimeSlices();
  let at = 0;
  for await (const found of readKeys(store, request.keys)) {
    let slots: RecordSlot[] = [];
    let units = 0;
    for (const each of found) {
      if (slices.isOver) await slices.pause();
      const key = fromHex(request.keys[at++] as string);
      // Awaited only where it has to be: see record-digester.ts.
      const slot: RecordSlot =
        each === ABSENT
          ? { state: "absent" }
          : (digester.refusedSlot(key, each.value) ??
            (request.rest ? undefined : digester.slotNow(each.value)) ??
            (await (request.rest ? digester.slotWithRest(each.value) : digester.slot(each.value))));
      slots.push(slot);
      if (slot.state === "present") units += slot.body.length;
      if (units < CHUNK_UNITS) continue;
      await output.emitRecords(encodeRecordChunk(slots));
      slots = [];
      units = 0;
    }
    if (slots.length > 0) await output.emitRecords(encodeRecordChunk(slots));
  }
}

/** Digests of the records under these keys, as one batch. */
export async function lookup(request: LookupRequest, store: OpenStore, output: TaskOutput): Promise<void> {
  const digester = new RecordDigester(request);
  const slices = new TimeSlices();
  const builder = new EntryBatchBuilder();
  for await (const found of readKeys(store, request.keys)) {
    for (const each of found) {
      if (slices.isOver) await slices.pause();
      output.check();
      const key = fromHex(request.keys[builder.count] as string);
      if (each === ABSENT) {
        builder.push(key, EntryState.absent);
        continue;
      }
      const refusal = digester.refusalOf(key, each.value);
      if (refusal !== undefined) {
        builder.push(key, EntryState.notRepresentable, undefined, asciiOf(refusal));
        continue;
      }
      const digest = digester.digestNow(each.value);
      if (digest !== undefined) {
        builder.push(key, EntryState.present, digest);
        continue;
      }
      const digested = await digester.digestWithBlobs(each.value);
      if ("digest" in digested) builder.push(key, EntryState.present, digested.digest);
      else builder.push(key, EntryState.unreadable, undefined, asciiOf(digested.reason));
    }
  }
  await output.emit(PartKind.batch, toBase64(encodeEntryBatch(builder.build())));
}
