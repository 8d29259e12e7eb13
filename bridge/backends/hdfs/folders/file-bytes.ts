/** A file's bytes as they come, unpacked, and all of them. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../../core/session/session-error.ts";
import { vanished } from "../table-commits.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import type { DataFile } from "./plain-files.ts";

/** @throws ProtocolError "incomplete" where it is not the file any more that was listed; "corrupt" */
export async function* bytesOf(fs: WebHdfs, file: DataFile, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const stored = storedBytes(fs, file, signal);
  if (!file.path.endsWith(".gz")) return yield* stored;
  const source = Readable.from(stored);
  const unpacked = createGunzip();
  source.once("error", (error) => unpacked.destroy(error));
  try {
    for await (const chunk of source.pipe(unpacked)) yield chunk as Buffer;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new ProtocolError("corrupt", `${file.path} is no whole gzip file: ${messageOf(error)}.`, {
      cause: error,
    });
  } finally {
    source.destroy();
  }
}

async function* storedBytes(
  fs: WebHdfs,
  { path, bytes }: DataFile,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  if (bytes === 0) return;
  const chunks = await fs.stream(path, signal);
  if (chunks === undefined) throw vanished(fs, path);
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== bytes) throw vanished(fs, path);
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^Z_/.test(String(error.code));
