/**
 * Stand-ins for platform objects, for engines that cannot build the real ones and for those whose content no
 * script can read. The codec, the digest and the inspection take a stand-in and the real object alike.
 */

/** A Blob, or a File when it has a name. */
export class BlobValue {
  readonly type: string;
  readonly size: number;
  readonly bytes?: Uint8Array;
  readonly name?: string;
  /** Milliseconds since the epoch. */
  readonly lastModified?: number;

  constructor(blob: {
    readonly type: string;
    readonly size: number;
    readonly bytes?: Uint8Array | undefined;
    readonly name?: string | undefined;
    readonly lastModified?: number | undefined;
  }) {
    this.type = blob.type;
    this.size = blob.size;
    if (blob.bytes !== undefined) this.bytes = blob.bytes;
    if (blob.name !== undefined) this.name = blob.name;
    if (blob.lastModified !== undefined) this.lastModified = blob.lastModified;
  }
}

/** ImageData of 8 bits a channel. */
export class ImageDataValue {
  readonly width: number;
  readonly height: number;
  readonly colorSpace: string;
  /** RGBA, row by row. */
  readonly bytes: Uint8Array;

  constructor(width: number, height: number, colorSpace: string, bytes: Uint8Array) {
    this.width = width;
    this.height = height;
    this.colorSpace = colorSpace;
    this.bytes = bytes;
  }
}

/** An object whose content cannot be read: its record can be neither copied nor overwritten without loss. */
export class OpaqueValue {
  /** As in `[object CryptoKey]`. */
  readonly typeName: string;
  /** For people; not enough to build the object from. */
  readonly description: string;

  constructor(typeName: string, description: string) {
    this.typeName = typeName;
    this.description = description;
  }
}

/** Builds the real objects, in a page. */
export interface PlatformFactory {
  blob(bytes: Uint8Array, type: string): object;
  file(bytes: Uint8Array, name: string, type: string, lastModified: number): object;
  imageData(bytes: Uint8Array, width: number, height: number, colorSpace: string): object;
}
