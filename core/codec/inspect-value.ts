import { blobParts, forEachOfMap, forEachOfSet } from "./brands.ts";
import { describeOpaque } from "./describe-opaque.ts";
import { errorParts } from "./error-parts.ts";
import { kindOf } from "./object-kind.ts";
import type { BlobValue, OpaqueValue } from "./platform-values.ts";

export interface Inspection {
  /** What cannot be read, for people: type and, where it tells something, more in parentheses. */
  readonly opaque: readonly string[];
  /** Every Blob and File inside, once. */
  readonly blobs: readonly (Blob | BlobValue)[];
  /** The size of all of them together. */
  readonly blobBytes: number;
}

/** Finds what keeps a value from being read at once (blobs) or from being copied at all (opaque objects). */
export function inspectValue(value: unknown): Inspection {
  const opaque: string[] = [];
  const blobs: (Blob | BlobValue)[] = [];
  let blobBytes = 0;
  const open: object[] = [];
  const met = new Set<object>();
  meet(value);
  for (let object = open.pop(); object !== undefined; object = open.pop()) visit(object);
  return { opaque, blobs, blobBytes };

  function meet(member: unknown): void {
    if (typeof member !== "object" || member === null || met.has(member)) return;
    met.add(member);
    open.push(member);
  }

  function visit(object: object): void {
    switch (kindOf(object)) {
      case "object":
      case "array":
        for (const member of Object.values(object)) meet(member);
        break;
      case "map":
        forEachOfMap(object, (mapped, key) => {
          meet(key);
          meet(mapped);
        });
        break;
      case "set":
        forEachOfSet(object, meet);
        break;
      case "error":
        meet(errorParts(object).cause);
        break;
      case "blob":
        blobs.push(object as Blob);
        blobBytes += blobParts(object as Blob).size;
        break;
      case "blobValue":
        blobs.push(object as BlobValue);
        blobBytes += (object as BlobValue).size;
        break;
      case "opaqueValue":
        opaque.push(nameOf(object as OpaqueValue));
        break;
      case "opaque":
        opaque.push(nameOf(describeOpaque(object)));
        break;
    }
  }
}

function nameOf({ typeName, description }: OpaqueValue): string {
  return description === "" ? typeName : `${typeName} (${description})`;
}
