import { inspectValue } from "../../../core/codec/inspect-value.ts";

export type BlobBytes = (blob: unknown) => Uint8Array | undefined;

/**
 * The bytes of every Blob in the value: at once in a worker, so that a transaction can go on; as a promise on
 * the page's thread.
 *
 * @throws DOMException, or rejects with one, for a Blob whose file is gone.
 */
export function readBlobBytes(value: unknown): BlobBytes | Promise<BlobBytes> {
  const blobs = inspectValue(value).blobs.filter((blob): blob is Blob => blob instanceof Blob);
  if (typeof FileReaderSync !== "undefined") {
    const reader = new FileReaderSync();
    return lookup(new Map(blobs.map((blob) => [blob, new Uint8Array(reader.readAsArrayBuffer(blob))])));
  }
  return Promise.all(
    blobs.map(async (blob) => [blob, new Uint8Array(await blob.arrayBuffer())] as const),
  ).then((pairs) => lookup(new Map(pairs)));
}

function lookup(bytes: ReadonlyMap<unknown, Uint8Array>): BlobBytes {
  return (blob) => bytes.get(blob);
}
