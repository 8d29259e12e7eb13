import type { PlatformFactory } from "../../../core/codec/platform-values.ts";
import type { BlobBytes } from "./blob-bytes.ts";

/** Builds real Blobs, Files and ImageData, and remembers the bytes of the former for their digest. */
export class RealPlatform implements PlatformFactory {
  readonly #bytes = new WeakMap<object, Uint8Array>();

  readonly bytesOf: BlobBytes = (blob) => this.#bytes.get(blob as object);

  blob(bytes: Uint8Array, type: string): Blob {
    return this.#remember(new Blob([bytes as BlobPart], { type }), bytes);
  }

  file(bytes: Uint8Array, name: string, type: string, lastModified: number): File {
    return this.#remember(new File([bytes as BlobPart], name, { type, lastModified }), bytes);
  }

  imageData(bytes: Uint8Array, width: number, height: number, colorSpace: string): ImageData {
    const pixels = new Uint8ClampedArray(bytes);
    return new ImageData(pixels, width, height, { colorSpace: colorSpace as PredefinedColorSpace });
  }

  #remember<T extends Blob>(blob: T, bytes: Uint8Array): T {
    this.#bytes.set(blob, bytes);
    return blob;
  }
}
