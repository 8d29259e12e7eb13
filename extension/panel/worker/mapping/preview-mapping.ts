/** The first records of both sides as a mapping would have them, with the reason where it cannot. */

import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { keyAt } from "../../../../core/batch/entry-batch-access.ts";
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { ColumnsCodec } from "../../../../core/mapping/columns-codec.ts";
import type { MappingSettings } from "../../../../core/mapping/mapping-settings.ts";
import { rowMappingOf } from "../../../../core/mapping/table-mapping.ts";
import type { OpenedTable } from "../../../../core/protocol/client/bridge-remote-store.ts";
import type { LocalStore, RecordRead, RemoteStore } from "../../../../core/session/ports.ts";
import { cellText } from "../../format/cell-text.ts";
import type { MappingPreview, PreviewRow } from "../api.ts";

const ROWS = 20;

interface Side {
  scan(options: { readonly batchSize: number }): AsyncIterable<EntryBatch>;
  read(keys: readonly Uint8Array[]): AsyncIterable<readonly RecordRead[]>;
}

/** @throws whatever the bridge refuses, such as "mapping-mismatch". */
export async function previewMapping(
  local: LocalStore,
  remote: RemoteStore & { open(): Promise<OpenedTable> },
  settings: MappingSettings,
): Promise<MappingPreview> {
  const { readOnly, reads } = await remote.open();
  const mapping = rowMappingOf(settings);
  const [here, there] = await Promise.all([firstRecords(local), firstRecords(remote)]);
  const codec = mapping && new ColumnsCodec(mapping);
  return {
    local: here.map((record) => toRow(record, codec)),
    remote: there.map((record) => toRow(record, undefined)),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(reads === undefined ? {} : { reads }),
  };
}

async function firstRecords(side: Side): Promise<RecordRead[]> {
  const keys: Uint8Array[] = [];
  for await (const batch of side.scan({ batchSize: ROWS })) {
    for (let i = 0; i < batch.count && keys.length < ROWS; i++) keys.push(keyAt(batch, i).slice());
    if (keys.length === ROWS) break;
  }
  const records: RecordRead[] = [];
  for await (const chunk of side.read(keys)) records.push(...chunk);
  return records;
}

function toRow({ key, body, reason }: RecordRead, codec: ColumnsCodec | undefined): PreviewRow {
  const row = { key, ...(body === undefined || body === "" ? {} : { body }) };
  if (reason !== undefined) return { ...row, reason };
  if (codec === undefined || body === undefined) return row;
  const cells = codec.recordToCells(key, decodeValue(body));
  if (cells instanceof NotRepresentable) return { ...row, reason: cells.reason };
  return { ...row, cells: Array.from(cells, ([column, cell]) => ({ column, text: cellText(cell) })) };
}
