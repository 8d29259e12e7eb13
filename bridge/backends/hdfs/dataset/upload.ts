/** Writes a file and makes sure that it has arrived as it was sent. */
import { randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";
import { BackendError } from "../../backend-error.ts";
import { FileChecksumBuilder } from "../webhdfs/file-checksum.ts";
import type { FileStatus, WebHdfs } from "../webhdfs/webhdfs.ts";

/** What was sent of it, as it went by. */
interface Sent {
  bytes: number;
  crc: number;
  readonly checksum: FileChecksumBuilder;
}

/** @throws BackendError; what then lies there is nobody's. */
export function upload(fs: WebHdfs, path: string, chunks: readonly Uint8Array[]): Promise<FileStatus> {
  const sent: Sent = { bytes: 0, crc: 0, checksum: new FileChecksumBuilder() };
  for (const chunk of chunks) count(sent, chunk);
  return verified(fs, path, sent, fs.create(path, { chunks, bytes: sent.bytes }));
}

/** As `upload`, of what is made while it is sent. */
export function uploadStream(
  fs: WebHdfs,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<FileStatus> {
  const sent: Sent = { bytes: 0, crc: 0, checksum: new FileChecksumBuilder() };
  return verified(fs, path, sent, fs.create(path, counted(sent, chunks)));
}

async function* counted(sent: Sent, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count(sent, chunk);
    yield chunk;
  }
}

function count(sent: Sent, chunk: Uint8Array): void {
  sent.bytes += chunk.length;
  sent.crc = crc32(chunk, sent.crc);
  sent.checksum.update(chunk);
}

async function verified(fs: WebHdfs, path: string, sent: Sent, created: Promise<void>): Promise<FileStatus> {
  await created;
  const [status, isSame] = await Promise.all([fs.status(path), isAsSent(fs, path, sent)]);
  if (status?.length === sent.bytes && isSame) return status;
  throw new BackendError(
    "backend-failed",
    `${fs.where}: ${path} did not arrive as it was sent (${status?.length ?? 0} of ${sent.bytes} bytes): try again.`,
  );
}

async function isAsSent(fs: WebHdfs, path: string, sent: Sent): Promise<boolean> {
  const checksum = await fs.checksum(path);
  if (checksum === undefined) return false;
  const isSame = sent.checksum.equals(checksum);
  if (isSame !== undefined) return isSame;
  // A checksum of another kind, as of encrypted or erasure-coded files: what is there is read.
  let crc = 0;
  for await (const chunk of (await fs.stream(path)) ?? []) crc = crc32(chunk, crc);
  return crc === sent.crc;
}

/** What is in no manifest is taken away later all the same (tidy.ts): that it cannot be now is no matter. */
export async function removeQuietly(fs: WebHdfs, paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => fs.remove(path)));
}

export const newSegmentName = (): string => randomUUID();
