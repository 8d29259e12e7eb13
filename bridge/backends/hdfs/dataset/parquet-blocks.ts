/** Reads row groups of a segment of Parquet, of bytes that are at hand and were found to be as they were written. */
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadata,
  parquetScan,
  type RowGroup,
} from "hyparquet";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../../core/session/session-error.ts";
import { READ_COLUMNS, rowOfCells } from "./parquet-columns.ts";
import type { SegmentRow } from "./segment-rows.ts";

export type ParquetFooter = FileMetaData;

/** Where a row group lies in its file. */
interface RowGroupPlace {
  /** Its number. */
  readonly at: number;
  readonly rows: number;
  readonly lineOffset: number;
}

/** @param bytes The end of the file. @param path For people. @throws ProtocolError "corrupt" */
export function readFooter(path: string, bytes: Uint8Array): ParquetFooter {
  try {
    return parquetMetadata(bytes, { geoparquet: false });
  } catch (error) {
    throw unreadable(path, messageOf(error), error);
  }
}

/** @param bytes Of the row group. @throws ProtocolError "corrupt" */
export async function readRowGroup(
  path: string,
  footer: ParquetFooter,
  { at, rows, lineOffset }: RowGroupPlace,
  bytes: Uint8Array,
): Promise<readonly SegmentRow[]> {
  const group = footer.row_groups[at];
  if (group === undefined || Number(group.num_rows) !== rows) {
    throw unreadable(path, `its row group ${at} has other rows than its heads say`);
  }
  const columns = await columnsOf(group, footer, heldBytes(bytes, lineOffset)).catch((error: unknown) => {
    throw unreadable(path, messageOf(error), error);
  });
  const cell = (column: number, row: number): Uint8Array | undefined => {
    const value = columns[column]?.[row];
    return value instanceof Uint8Array ? value : undefined;
  };
  return Array.from({ length: rows }, (_, row) =>
    rowOfCells(Object.fromEntries(READ_COLUMNS.map((name, column) => [name, cell(column, row)]))),
  );
}

async function columnsOf(
  group: RowGroup,
  footer: ParquetFooter,
  file: AsyncBuffer,
): Promise<ArrayLike<unknown>[]> {
  const scan = await parquetScan({
    file,
    metadata: { ...footer, row_groups: [group], num_rows: group.num_rows },
    columns: [...READ_COLUMNS],
    useOffsetIndex: false,
    geoparquet: false,
    parsers: AS_BYTES,
  });
  const rowEnd = Number(group.num_rows);
  return Promise.all(READ_COLUMNS.map((column) => scan.readColumn({ column, rowStart: 0, rowEnd })));
}

/** Texts stay the bytes that they are. */
const AS_BYTES: Partial<ParquetParsers> = { stringFromBytes: (bytes) => bytes };

/** As if the whole file were there. @param offset Of these bytes in it. */
const heldBytes = (bytes: Uint8Array, offset: number): AsyncBuffer => ({
  byteLength: offset + bytes.length,
  slice: (start, end = offset + bytes.length) =>
    bytes.buffer.slice(
      bytes.byteOffset + start - offset,
      bytes.byteOffset + Math.min(end - offset, bytes.length),
    ) as ArrayBuffer,
});

const unreadable = (path: string, why: string, cause?: unknown): ProtocolError =>
  new ProtocolError("corrupt", `${path} cannot be read as Parquet: ${why}. Put it back from a backup.`, {
    cause,
  });
