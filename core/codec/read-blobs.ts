import { CodecError } from "./codec-error.ts";
import { inspectValue } from "./inspect-value.ts";
import { BlobValue } from "./platform-values.ts";

export interface ReadBlobsOptions {
  /** Most bytes to read, of all blobs in the value together. */
  readonly maxBytes: number;
  /** Reads one; by default its own `arrayBuffer`. */
  readonly read?: ((blob: Blob) => Promise<ArrayBuffer | Uint8Array>) | undefined;
}

/**
 * The bytes of every Blob and File inside a value, for `bytesOf` of encodeValue and Digester. Stand-ins that
 * hold their bytes are left out.
 *
 * @throws CodecError "too-large" before anything is read; "unreadable-blob"; "needs-bytes" for a stand-in
 * without bytes, which nobody can read here.
 */
export async function readBlobs(value: unknown, options: ReadBlobsOptions): Promise<Map<Blob, Uint8Array>> {
  const { blobs, blobBytes } = inspectValue(value);
  if (blobBytes > options.maxBytes) {
    throw new CodecError(
      "too-large",
      `The value holds ${blobBytes} bytes in Blobs and Files; at most ${options.maxBytes} are read.`,
      { blobs },
    );
  }
  const empty = blobs.filter((blob) => blob instanceof BlobValue && blob.bytes === undefined);
  if (empty.length > 0) {
    throw new CodecError("needs-bytes", "The value holds Blobs that were described without their bytes.", {
      blobs: empty,
    });
  }
  const read = options.read ?? ((blob: Blob) => blob.arrayBuffer());
  const bytes = new Map<Blob, Uint8Array>();
  for (const blob of blobs) if (!(blob instanceof BlobValue)) bytes.set(blob, await readOne(blob, read));
  return bytes;
}

async function readOne(
  blob: Blob,
  read: (blob: Blob) => Promise<ArrayBuffer | Uint8Array>,
): Promise<Uint8Array> {
  try {
    const bytes = await read(blob);
    return bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  } catch (cause) {
    throw new CodecError("unreadable-blob", `A Blob of ${blob.size} bytes inside could not be read.`, {
      blobs: [blob],
      cause,
    });
  }
}
