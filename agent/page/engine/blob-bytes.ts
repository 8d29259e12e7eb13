import { inspectValue } from "../../../core/codec/inspect-value.ts";
import { readBlobs } from "../../../core/codec/read-blobs.ts";
import { BLOB_BYTES } from "../../wire/limits.ts";

export type BlobBytes = (blob: unknown) => Uint8Array | undefined;

/**
 * The bytes of every Blob in the value: at once in a worker, so that a transaction can go on; as a promise on
 * the page's thread.
 *
 * @throws DOMException, or rejects with a CodecError, for a Blob whose file is gone.
 */
export function readBlobBytes(value: unknown): BlobBytes | Promise<BlobBytes> {
  if (typeof FileReaderSync === "undefined") return readBlobs(value, { maxBytes: BLOB_BYTES }).then(lookup);
  const reader = new FileReaderSync();
  const blobs = inspectValue(value).blobs.filter((blob): blob is Blob => blob instanceof Blob);
  return lookup(new Map(blobs.map((blob) => [blob, new Uint8Array(reader.readAsArrayBuffer(blob))])));
}

function lookup(bytes: ReadonlyMap<unknown, Uint8Array>): BlobBytes {
  return (blob) => bytes.get(blob);
}
